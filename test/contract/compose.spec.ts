import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { Config } from '../../src/config/config.js';
import { type ComposeService, composeFiles, composeModel, ROOT } from '../support/compose-files.js';
import { settingNames } from '../support/setting-names.js';

/**
 * Rules that are off: the image is built from this repository, and `pins every image` checks the
 * tags of the others.
 */
const OFF = ['no-build-and-image', 'service-image-require-explicit-tag'].flatMap((rule) => ['--disable-rule', rule]);
const STACK = 'docker/compose.yaml';
const SECRETS = { API_KEYS: 'main:shop:0123456789abcdef', JWT_SECRET: '0123456789abcdef', GRAFANA_PASSWORD: 'secret' };

/** Returns the host's side of each bind mount. */
const mounted = ({ volumes = [], folder }: ComposeService): string[] =>
  volumes.flatMap((volume) => (volume.startsWith('.') ? resolve(folder, volume.split(':')[0] ?? '') : []));

const built = ({ build, folder }: ComposeService): string[] => {
  if (build === undefined) return [];
  const { context, dockerfile = 'Dockerfile' } = typeof build === 'string' ? { context: build } : build;
  return [resolve(folder, context, dockerfile)];
};

const namedVolumes = ({ volumes = [] }: ComposeService): string[] =>
  volumes.flatMap((volume) => (volume.startsWith('.') ? [] : (volume.split(':')[0] ?? '')));

const needed = ({ depends_on: on = [] }: ComposeService): string[] => (Array.isArray(on) ? on : Object.keys(on));

describe.each(composeFiles())('%s', (file) => {
  const model = composeModel(file, SECRETS);
  const services = Object.values(model.services);

  it('follows the Compose specification', () => {
    const lint = ['node_modules/dclint/bin/dclint.cjs', file, '--quiet', '--color=false', ...OFF];
    expect(execFileSync(process.execPath, lint, { cwd: ROOT, encoding: 'utf8' })).not.toContain('error');
  });

  it('names existing files', () => {
    const watched = services.flatMap(({ develop, folder }) =>
      (develop?.watch ?? []).map(({ path }) => resolve(folder, path)),
    );
    const files = [...services.flatMap(mounted), ...services.flatMap(built), ...watched];
    expect(files.filter((path) => !existsSync(path))).toEqual([]);
  });

  it('names only services, networks, volumes and secrets that it defines', () => {
    const inAll = (pick: (service: ComposeService) => readonly string[]): string[] => services.flatMap(pick);
    expect(Object.keys(model.services)).toEqual(expect.arrayContaining(inAll(needed)));
    expect(Object.keys(model.networks)).toEqual(expect.arrayContaining(inAll(({ networks = [] }) => networks)));
    expect(Object.keys(model.secrets)).toEqual(expect.arrayContaining(inAll(({ secrets = [] }) => secrets)));
    expect(Object.keys(model.volumes).toSorted()).toEqual([...new Set(inAll(namedVolumes))].toSorted());
  });

  it('pins every image that it does not build', () => {
    const images = services.flatMap(({ image = '', build }) => (build ? [] : image));
    expect(images.filter((image) => !/:v?\d+\.\d+[\w.-]*$/.test(image))).toEqual([]);
  });

  it('opens ports to this machine only', () => {
    const ports = services.flatMap(({ ports: of = [] }) => of);
    expect(ports.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
  });
});

describe('the nodes and servers of docker/compose.yaml', () => {
  const { services } = composeModel(STACK, SECRETS);
  const nodes = Object.entries(services).filter(([name]) => name.startsWith('node-'));
  /** Services whose initialization writes to their installation folder. */
  const WRITES = new Set(['elasticsearch', 'kibana']);

  it.each(Object.entries(services))('runs %s with as few rights as it needs', (name, service) => {
    expect(service).toMatchObject({ cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] });
    expect(service.read_only ?? false).toBe(!WRITES.has(name));
    const isOnce = service.restart === 'on-failure';
    if (!isOnce) expect(service.deploy?.resources?.limits?.memory).toMatch(/^\d+[mg]$/);
    expect(service.healthcheck !== undefined).toBe(!isOnce);
  });

  it.each(['API_KEYS', 'JWT_SECRET'])('does not start without %s', (name) => {
    expect(() => composeModel(STACK, { ...SECRETS, [name]: '' })).toThrow(`${name} is not set`);
  });

  it('gives its nodes existing settings with which they start', () => {
    expect(nodes).toHaveLength(3);
    for (const [name, { environment = {} }] of nodes) {
      expect(settingNames()).toEqual(expect.arrayContaining(Object.keys(environment)));
      const env = Object.fromEntries(Object.entries(environment).map(([key, value]) => [key, String(value)]));
      const config = Config.from({ NODE_ENV: 'production', ...env });
      expect(config).toMatchObject({ nodeId: name, confirm: { mode: 'replicated', replicas: 1 } });
    }
  });

  it('lets its nodes drain before it kills them', () => {
    const { drainMs } = Config.from({ REDIS_URL: 'redis://redis', ...SECRETS });
    for (const [, { stop_grace_period: grace }] of nodes) {
      expect(Number.parseInt(grace ?? '', 10) * 1_000).toBeGreaterThanOrEqual(2 * drainMs + 15_000);
    }
  });

  it('has the nodes that its nginx uses', () => {
    for (const group of ['sockets', 'requests']) {
      const text = readFileSync(join(ROOT, `docker/nginx/compose/nodes/${group}.conf`), 'utf8');
      const asked = [...text.matchAll(/^server ([\w-]+):3000 /gm)].map(([, name]) => name);
      expect([...new Set(asked)]).toEqual(nodes.map(([name]) => name));
    }
  });

  it('keeps Redis away from services that do not need it', () => {
    const users = Object.entries(services).filter(([, { networks = [] }]) => networks.includes('redis'));
    expect(users.map(([name]) => name).filter((name) => !/^(node|redis|sentinel)-\d$/.test(name))).toEqual([]);
  });
});
