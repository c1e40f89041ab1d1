// `npm run token -- --user alice`: signs a user's token for the server of this checkout, or for the
// server whose JWT_SECRET is set.
import { parseArgs } from 'node:util';
import { commandLine } from './lib/command-line.mjs';
import { knownJwtSecret, signToken } from './lib/keys.mjs';
import { DATA_DIR } from './lib/paths.mjs';
import { describeError, messageOf, SetupError } from './lib/setup-error.mjs';

const USAGE = `${commandLine('token')} --user alice [--topics 'orders.*,chat'] [--publish 'chat'] [--app main] [--hours 24]`;

try {
  const claims = read(process.argv.slice(2));
  const token = signToken(claims, knownJwtSecret(DATA_DIR, process.env));
  console.error(`Token of ${claims.user}, valid for ${claims.hours} h:\n`);
  console.log(token);
} catch (error) {
  console.error(describeError(error));
  process.exitCode = 1;
}

/** @param {string[]} args */
function read(args) {
  const { user = '', topics, publish, app, hours } = parse(args);
  insist(/^\S{1,128}$/.test(user), '--user must be 1 to 128 characters without blanks');
  insist(app === undefined || /^[A-Za-z0-9_-]{1,64}$/.test(app), '--app must be the name of an app');
  insist(Number(hours) > 0 && Number.isFinite(Number(hours)), '--hours must be a number above 0');
  return { user, app, hours: Number(hours), topics: listOf(topics), publish: listOf(publish) };
}

/** @param {string[]} args */
function parse(args) {
  const text = /** @type {const} */ ({ type: 'string' });
  const options = { user: text, topics: text, publish: text, app: text, hours: { ...text, default: '24' } };
  try {
    return parseArgs({ args, options }).values;
  } catch (error) {
    throw new SetupError(`${messageOf(error)}\n${USAGE}`);
  }
}

/**
 * Parses a list. Without one, the default applies; an empty list allows nothing.
 * @param {string | undefined} text
 */
function listOf(text) {
  return text
    ?.split(',')
    .map((one) => one.trim())
    .filter(Boolean);
}

/** @param {boolean} holds @param {string} message */
function insist(holds, message) {
  if (!holds) throw new SetupError(`${message}\n${USAGE}`);
}
