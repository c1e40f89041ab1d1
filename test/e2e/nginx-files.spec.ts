import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { Config } from '../../src/config/config.js';
import { ERRORS } from '../../src/contract/postrider-error.js';
import type { Problem } from '../../src/contract/problem.js';
import { SHIPPED, STRATEGIES } from '../support/nginx-files.js';
import { NginxRig } from '../support/nginx-rig.js';

const read = (file: string): Promise<string> => readFile(join(SHIPPED, file), 'utf8');
const config = Config.from({ REDIS_URL: 'redis://127.0.0.1', API_KEYS: 'main:test:key', JWT_SECRET: 'secret' });

const UNITS: Readonly<Record<string, number>> = { k: 1_024, m: 1_048_576, s: 1_000 };

/** Returns each value of a directive in a file, in bytes or ms. */
async function valuesOf(file: string, directive: string): Promise<number[]> {
  const found = (await read(file)).matchAll(new RegExp(String.raw`^\s*${directive} (\d+)([kms]);`, 'gm'));
  return [...found].map(([, amount, unit = '']) => Number(amount) * (UNITS[unit] ?? 1));
}

describe('the files in docker/nginx', () => {
  const variants = STRATEGIES.flatMap((strategy) => [false, true].map((tls) => ({ strategy, tls })));
  const nodes = [{ port: 3001, weight: 3 }, { port: 3002 }];
  const backup = { port: 3003, backup: true };

  it.each(variants)('pass the check of nginx: $strategy, tls $tls', async (variant) => {
    const all = variant.strategy === 'ip-hash' ? nodes : [...nodes, backup];
    const rig = await NginxRig.start({ nodes: all, ...variant, trusts: '10.0.0.0/8' });
    try {
      expect(await rig.check()).toMatch(/test is successful/);
      expect(await rig.check()).not.toMatch(/warn|emerg/);
    } finally {
      await rig.stop();
    }
  });

  it('wait longer than the heartbeat of a socket', async () => {
    const routes = await read('parts/routes.conf');
    const [, socket = ''] = /location = \/ws \{\n(.*?)\n\}/s.exec(routes) ?? [];
    const waits = [...socket.matchAll(/proxy_(?:read|send)_timeout (\d+)s;/g)].map(([, seconds]) => Number(seconds));
    expect(waits).toHaveLength(2);
    for (const seconds of waits) {
      expect(seconds).toBeGreaterThanOrEqual(120);
      expect(seconds * 1_000).toBeGreaterThan(config.heartbeatTimeoutMs);
    }
    expect(routes).toContain(`location = ${config.wsPath} {`);
  });

  it('name the same number of nodes for operators', async () => {
    for (const folder of ['nodes', 'compose/nodes']) {
      const servers = async (group: string): Promise<number> =>
        [...(await read(`${folder}/${group}.conf`)).matchAll(/^server \S+ (?:weight|max_fails)/gm)].length;
      expect(await servers('operators')).toBe(await servers('sockets'));
    }
  });

  it('name the same nodes for sockets and requests', async () => {
    const serversOf = async (group: string): Promise<string[]> =>
      [...(await read(`nodes/${group}.conf`)).matchAll(/^.*server (\S+ (?:weight=\d+|backup))/gm)].map(
        ([server]) => server,
      );
    const sockets = await serversOf('sockets');
    expect(sockets).toHaveLength(4);
    const again = sockets
      .filter((server) => server.startsWith('server'))
      .map((server) => server.replace(/weight=\d+/, 'backup'));
    expect(await serversOf('requests')).toEqual([...sockets.slice(0, -1), ...again, ...sockets.slice(-1)]);
  });

  it('accept the bodies that a node accepts', async () => {
    expect(await valuesOf('parts/limits.conf', 'client_max_body_size')).toEqual([config.httpBodyBytes]);
    const batches = await valuesOf('parts/routes.conf', 'client_max_body_size');
    expect(new Set(batches)).toEqual(new Set([config.httpBatchBodyBytes]));
  });

  it('log no field that may hold a token', async () => {
    const [, format = ''] = /log_format postrider (.*?);/s.exec(await read('parts/log.conf')) ?? [];
    const variables = [...format.matchAll(/\$(\w+)/g)].map(([, name = '']) => name);
    expect(variables).toContain('uri');
    expect(variables.filter((name) => /^(request|request_uri|args|query_string|arg_.*|http_.*)$/.test(name))).toEqual(
      [],
    );
  });

  it('answer with problem documents as a node does', async () => {
    const files = (await readdir(SHIPPED, { recursive: true })).filter((file) => file.endsWith('.conf'));
    const texts = (await Promise.all(files.map(read))).join('\n');
    const problems = [...texts.matchAll(/return (\d+) '(\{.*\})';/g)];
    expect(problems).toHaveLength(6);
    for (const [, status, json = ''] of problems) {
      const problem = JSON.parse(json) as Problem;
      expect(problem).toMatchObject({ status: Number(status), type: `urn:postrider:problem:${problem.code}` });
      const known = ERRORS[problem.code];
      if (known) expect(problem).toMatchObject({ title: known.title, retryable: known.retryable });
      else expect(problem).toMatchObject({ code: 'no_answer', retryable: true });
    }
  });
});
