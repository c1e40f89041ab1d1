import { IS_CHECKOUT } from './paths.mjs';

/** The command for a person to type: npm's script in a checkout, the program of an installed package elsewhere. */
export function commandLine(name) {
  if (!IS_CHECKOUT) return `npx postrider ${name}`;
  return name === 'start' ? 'npm start' : `npm run ${name} --`;
}
