// `npm run key -- --app main --name shop --scopes publish,read`: creates an API key and shows it
// once, with its entry for API_KEYS_FILE.
import { createHash, randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { commandLine } from './lib/command-line.mjs';
import { describeError, messageOf, SetupError } from './lib/setup-error.mjs';

const KEY_BYTES = 24;
const SCOPES = ['publish', 'read', 'admin'];
const USAGE = `${commandLine('key')} --app <app, or * for all> --name <name> --scopes publish,read,admin [--not-after 2027-01-31]`;

try {
  const { entry, key } = make(read(process.argv.slice(2)));
  console.error(`The key, shown only here:\n\n  ${key}\n\nIts entry in the list of API_KEYS_FILE:\n`);
  console.log(JSON.stringify(entry));
} catch (error) {
  console.error(describeError(error));
  process.exitCode = 1;
}

/** @param {string[]} args */
function read(args) {
  const text = /** @type {const} */ ({ type: 'string' });
  try {
    return parseArgs({ args, options: { app: text, name: text, scopes: text, 'not-after': text } }).values;
  } catch (error) {
    throw new SetupError(`${messageOf(error)}\n${USAGE}`);
  }
}

/** @param {ReturnType<typeof read>} options */
function make({ app, name, scopes = '', 'not-after': notAfter }) {
  const wanted = scopes.split(',').map((scope) => scope.trim());
  const end = notAfter === undefined ? undefined : new Date(notAfter);
  insist(/^([A-Za-z0-9_-]{1,64}|\*)$/.test(app ?? ''), '--app must be an app name, or * for all apps');
  insist(/^[A-Za-z0-9._-]{1,64}$/.test(name ?? ''), '--name must be 1 to 64 of A-Z a-z 0-9 . _ -');
  insist(
    wanted.every((scope) => SCOPES.includes(scope)),
    `--scopes must be some of ${SCOPES.join(', ')}`,
  );
  insist(end === undefined || !Number.isNaN(end.getTime()), '--not-after must be a date');
  const key = `pr_${randomBytes(KEY_BYTES).toString('base64url')}`;
  const sha256 = createHash('sha256').update(key).digest('hex');
  return { key, entry: { app, name, scopes: wanted, sha256, ...(end && { notAfter: end.toISOString() }) } };
}

/** @param {boolean} holds @param {string} message */
function insist(holds, message) {
  if (!holds) throw new SetupError(`${message}\n${USAGE}`);
}
