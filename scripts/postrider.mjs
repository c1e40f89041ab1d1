#!/usr/bin/env node
// `npx postrider`: runs the server in the current folder with its own Redis. `npx postrider token`
// and `npx postrider key` create tokens and API keys for it.
import { describeError, SetupError } from './lib/setup-error.mjs';

const COMMANDS = new Set(['start', 'token', 'key']);

const named = process.argv[2]?.startsWith('-') === false;
const command = named ? process.argv[2] : 'start';
if (COMMANDS.has(command)) {
  process.argv.splice(2, named ? 1 : 0);
  await import(`./${command}.mjs`);
} else {
  const known = [...COMMANDS].map((one) => `npx postrider ${one}`).join(', ');
  console.error(describeError(new SetupError(`There is no command ${command}: use one of ${known}.`)));
  process.exitCode = 1;
}
