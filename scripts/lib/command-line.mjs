import { IS_CHECKOUT } from './paths.mjs';

/**
 * Returns the command for a person to type: npm's script in a checkout, or the program of an
 * installed package.
 * @param {string} name
 */
export function commandLine(name) {
  if (!IS_CHECKOUT) return `npx postrider ${name}`;
  return name === 'start' ? 'npm start' : `npm run ${name} --`;
}
