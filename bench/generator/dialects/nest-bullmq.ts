import { eachMarker, quotedAfter } from '../marker.js';
import { peerPublish, peerQuery } from './peer.js';
import type { Dialect } from './dialect.js';

const JOB = Buffer.from('"job":"');

/** Dialect of the BullMQ peer. A message names its job if the worker waits for an ack. */
export function nestBullmq(): Dialect {
  return {
    publish: peerPublish,
    converse: (link) => ({
      upgrade: () => ({ path: `/?${peerQuery(link)}`, headers: '' }),
      opened: () => link.ready(),
      message: (payload) => {
        eachMarker(payload, (sequence) => link.arrived(sequence));
        const job = quotedAfter(payload, JOB);
        if (job !== undefined) link.send(`{"event":"ack","data":"${job}"}`);
      },
      readEnded: () => undefined,
    }),
  };
}
