import { postRequest } from '../post-pool.js';
import type { Link, Message } from './dialect.js';

/** All peers of our own take messages alike. */
export function peerPublish({ to, data, care }: Message): string {
  return postRequest('/publish', '', JSON.stringify({ ...to, data, ack: care === 'acked' }));
}

export function peerQuery({ user, topic }: Link): string {
  return new URLSearchParams({ user, ...(topic && { topic }) }).toString();
}
