// `npm run token -- --user alice`: signs a client token for the server of this checkout, or for the
// one whose JWT_SECRET is set.
import { parseArgs } from 'node:util';
import { commandLine } from './lib/command-line.mjs';
import { knownJwtSecret, signToken } from './lib/keys.mjs';
import { DATA_DIR } from './lib/paths.mjs';
import { describeError, SetupError } from './lib/setup-error.mjs';

const USAGE = `${commandLine('token')} --user alice [--topics 'orders.*,chat'] [--publish 'chat'] [--app main] [--hours 24]`;

try {
  const claims = read(process.argv.slice(2));
  const token = signToken(claims, knownJwtSecret(DATA_DIR, process.env));
  console.error(`The token of ${claims.user}, good for ${claims.hours} h:\n`);
  console.log(token);
} catch (error) {
  console.error(describeError(error));
  process.exitCode = 1;
}

function read(args) {
  const { user, topics, publish, app, hours } = parse(args);
  insist(/^\S{1,128}$/.test(user ?? ''), '--user must be 1 to 128 characters without blanks');
  insist(app === undefined || /^[A-Za-z0-9_-]{1,64}$/.test(app), '--app must be the name of an app');
  insist(Number(hours) > 0 && Number.isFinite(Number(hours)), '--hours must be a number above 0');
  return { user, app, hours: Number(hours), ...patternsOf({ topics, publish }) };
}

function parse(args) {
  const text = { type: 'string' };
  const options = { user: text, topics: text, publish: text, app: text, hours: { ...text, default: '24' } };
  try {
    return parseArgs({ args, options }).values;
  } catch (error) {
    throw new SetupError(`${error.message}\n${USAGE}`);
  }
}

/**
 * Leaves out lists that are not given, so that their default applies; an empty one allows nothing.
 */
function patternsOf(lists) {
  const given = Object.entries(lists).filter(([, list]) => list !== undefined);
  return Object.fromEntries(
    given.map(([name, list]) => [
      name,
      list
        .split(',')
        .map((one) => one.trim())
        .filter(Boolean),
    ]),
  );
}

function insist(holds, message) {
  if (!holds) throw new SetupError(`${message}\n${USAGE}`);
}
