import { eachMarker } from '../marker.js';
import { peerPublish, peerQuery } from './peer.js';
import type { Dialect } from './dialect.js';

/** Dialect of the raw WebSocket peer. Every message is acknowledged by its number. */
export function rawws(): Dialect {
  return {
    publish: peerPublish,
    converse: (link) => ({
      upgrade: () => ({ path: `/?${peerQuery(link)}`, headers: '' }),
      opened: () => link.ready(),
      message: (payload) =>
        eachMarker(payload, (sequence) => {
          link.arrived(sequence);
          link.send(String(sequence));
        }),
      readEnded: () => undefined,
    }),
  };
}
