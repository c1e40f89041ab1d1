import { postRequest } from '../post-pool.js';
import type { Link, Message } from './dialect.js';

/** Publishes to a peer of this repository. All of them accept the same requests. */
export function peerPublish({ to, data, care }: Message): string {
  return postRequest('/publish', '', JSON.stringify({ ...to, data, ack: care === 'acked' }));
}

export function peerQuery({ user, topic }: Link): string {
  return new URLSearchParams({ user, ...(topic && { topic }) }).toString();
}
