import { SetupError } from './setup-error.mjs';

const MINIMUM = [20, 19];

/** @throws SetupError if this Node is older than the project needs. */
export function requireNode(version = process.versions.node) {
  const [major, minor] = version.split('.').map(Number);
  if (major < MINIMUM[0] || (major === MINIMUM[0] && minor < MINIMUM[1])) {
    throw new SetupError(`Postrider needs Node ${MINIMUM.join('.')} or newer; this is ${version}.`);
  }
}
