import type { SystemName } from '../generator/dialects/dialects.js';
import { startPeer } from './peer.js';
import { startPostrider } from './postrider.js';
import type { System, SystemSettings } from './system.js';

/** Starts a fresh system, with its own Redis if it needs one. */
export function startSystem(name: SystemName, settings: SystemSettings): Promise<System> {
  return name === 'postrider' ? startPostrider(settings) : startPeer(name, settings);
}
