import { IS_CHECKOUT } from './paths.mjs';

/**
 * Command to show to a person: npm's script in a checkout, the program of an installed package
 * elsewhere.
 */
export function commandLine(name) {
  if (!IS_CHECKOUT) return `npx postrider ${name}`;
  return name === 'start' ? 'npm start' : `npm run ${name} --`;
}
