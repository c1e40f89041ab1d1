import { relative } from 'node:path';
import { signToken } from './keys.mjs';

const USER = 'demo';
const EVERYWHERE = new Set(['0.0.0.0', '::', '127.0.0.1', '::1', 'localhost']);

/**
 * Returns the address that people type for a server that listens on `host`.
 * @param {string} host
 * @param {number | string} port
 */
export function addressOf(host, port) {
  const name = EVERYWHERE.has(host) ? 'localhost' : host.includes(':') ? `[${host}]` : host;
  return `http://${name}:${port}`;
}

/**
 * Returns the lines that a person needs after the start. Each works when pasted.
 * @param {{ address: string, apiKey: string, adminKey: string, jwtSecret: string, logPath?: string,
 * startMs: number }} start
 */
export function summary({ address, apiKey, adminKey, jwtSecret, logPath, startMs }) {
  const token = signToken({ user: USER }, jwtSecret);
  const body = JSON.stringify({ to: { user: USER }, type: 'greeting', data: { text: 'Hello' } });
  const headers = `-H 'Authorization: Bearer ${apiKey}' -H 'Content-Type: application/json'`;
  const log = logPath === undefined ? '' : `, log in ${shortest(logPath)}`;
  return [
    `Postrider is ready (${(startMs / 1000).toFixed(1)} s${log}; Ctrl-C ends it)`,
    `  page     ${address}/#token=${token}&key=${encodeURIComponent(apiKey)}`,
    `  console  ${address}/console   (admin key ${adminKey})`,
    `  API key  ${apiKey}`,
    `  token    ${token}   (user ${USER}, 24 h)`,
    `  send     curl -sS ${address}/v1/notifications ${headers} -d '${body}'`,
  ].join('\n');
}

/** @param {string} path */
function shortest(path) {
  const fromHere = relative(process.cwd(), path);
  return fromHere.startsWith('..') ? path : fromHere;
}
