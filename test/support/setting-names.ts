import { variableOf } from '../../src/config/config.js';
import { configShape } from '../../src/config/config.schema.js';

/** Lists every environment variable that the server reads. */
export function settingNames(): string[] {
  return Object.keys(configShape).map(variableOf);
}
