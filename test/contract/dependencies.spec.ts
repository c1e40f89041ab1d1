import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';

interface Locked {
  version?: string;
  integrity?: string;
  link?: boolean;
  dev?: boolean;
  optional?: boolean;
  hasInstallScript?: boolean;
  inBundle?: boolean;
}

const read = (path: string): unknown => JSON.parse(readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8'));
const { packages } = read('package-lock.json') as { packages: Record<string, Locked> };
const { dependencies, peerDependencies } = read('package.json') as Record<string, Record<string, string>>;
const installed = Object.entries(packages).filter(([path, { link }]) => path.includes('node_modules/') && !link);
const ofServer = installed.filter(([, { dev }]) => !dev);
const nameOf = (path: string): string => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);

/** Minimum versions: older ones have vulnerabilities that docs/security.md lists. */
const FLOORS: Readonly<Record<string, string>> = {
  // Fixes the flood of fragments (CVE-2026-48779) and everything before it.
  ws: '8.21.0',
  '@nestjs/common': '12.0.0',
  '@nestjs/core': '12.0.0',
  '@nestjs/platform-fastify': '12.0.0',
  '@nestjs/platform-ws': '12.0.0',
  // Its workers reconnect after a failover.
  bullmq: '6.7.0',
  // Fixes a Cluster reply that could reach prototypes.
  ioredis: '6.0.0',
};

const isBelow = (version: string, floor: string): boolean => {
  const [a, b] = [version, floor].map((text) => text.split(/[.-]/).slice(0, 3).map(Number));
  const differs = [0, 1, 2].find((index) => a?.[index] !== b?.[index]);
  return differs !== undefined && Number(a?.[differs]) < Number(b?.[differs]);
};

describe('a dependency of the server', () => {
  it.each(Object.entries(FLOORS))('%s is nowhere below %s', (name, floor) => {
    const versions = ofServer.filter(([path]) => nameOf(path) === name).map(([, { version = '' }]) => version);
    expect(versions.length).toBeGreaterThan(0);
    expect(versions.filter((version) => isBelow(version, floor))).toEqual([]);
  });

  it('is locked by digest to the tested version', () => {
    const loose = installed.filter(([, { version, integrity, inBundle }]) => !version || !(integrity || inBundle));
    expect(loose.map(([path]) => path)).toEqual([]);
    const named = Object.keys({ ...dependencies, ...peerDependencies });
    expect(named.filter((name) => !packages[`node_modules/${name}`])).toEqual([]);
  });

  it('needs no install script', () => {
    const scripted = ofServer.filter(([, { hasInstallScript, optional }]) => hasInstallScript && !optional);
    // Counts downloads for the authors of swagger-ui; nothing needs it.
    expect(scripted.map(([path]) => nameOf(path))).toEqual(['@scarf/scarf']);
  });
});
