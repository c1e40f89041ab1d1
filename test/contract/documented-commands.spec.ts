import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { chosen, readOptions as benchOptions } from '../../bench/options.js';
import { WORKLOADS } from '../../bench/workloads/workloads.js';
import { codeBlocks, nodeCommands, ROOT } from '../support/code-blocks.js';
import { readOptions as faultOptions } from '../fault/options.js';
import { readOptions as fuzzOptions } from '../fuzz/options.js';

/** Commands of npm itself, or placeholders. */
const NPMS_OWN = /^npm (?:ci|init|pack|install)\b/;

/** Tests that run the commands of a block, by its first line. */
const RUN_BY: Readonly<Record<string, string>> = {
  'npm start': 'test/e2e/start.spec.ts',
  'npm test': 'test/contract/documented-commands.spec.ts',
  'npm run fault': 'test/fault/matrix.spec.ts',
  'npm run bench': 'test/e2e/bench.spec.ts',
  'npm init -y': 'test/browser/readme.spec.ts',
  'npm run token -- --user alice': 'test/browser/readme.spec.ts',
  'node send.mjs': 'test/browser/readme.spec.ts',
  'node ../postrider/examples/html/serve.mjs . 8080': 'test/browser/readme.spec.ts',
  'export POSTRIDER_API_KEY=<API key>': 'test/browser/readme.spec.ts',
  'curl -sS http://localhost:3000/v1/notifications \\': 'test/e2e/start.spec.ts',
  'curl -sS http://localhost:3000/v1/notifications/<id>/receipts -H "Authorization: Bearer $POSTRIDER_API_KEY"':
    'test/browser/readme.spec.ts',
  'npm install /path/to/postrider/clients/node-server': 'test/e2e/packages.spec.ts',
  'docker build -f docker/Dockerfile -t postrider .': 'test/e2e/image.spec.ts',
  'export API_KEYS=main:backend:$(openssl rand -hex 16) JWT_SECRET=$(openssl rand -hex 32)':
    'test/contract/compose.spec.ts',
  'cp docker/k8s/base/secrets.env.example docker/k8s/base/secrets.env': 'test/contract/kubernetes.spec.ts',
  'nginx -t -c "$PWD/docker/nginx/nginx.conf"': 'test/e2e/nginx-files.spec.ts',
  'redis-cli -h <a replica> --rdb postrider-$(date -u +%Y%m%dT%H%MZ).rdb': 'test/e2e/backup-restore.spec.ts',
  'TRACE_URL=http://collector:4318/v1/traces': 'test/contract/configuration.spec.ts',
};

const { scripts, workspaces } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
  workspaces: string[];
};

function scriptsOf(workspace: string): Record<string, string> {
  const file = readFileSync(join(ROOT, workspace, 'package.json'), 'utf8');
  return (JSON.parse(file) as { scripts?: Record<string, string> }).scripts ?? {};
}

const READERS: Readonly<Record<string, (args: readonly string[]) => unknown>> = {
  fault: faultOptions,
  bench: (args) => chosen(WORKLOADS, benchOptions(args).workloads),
  fuzz: fuzzOptions,
};

const commands = [...new Map(nodeCommands().map((one) => [one.command, one])).values()].filter(
  ({ command }) => !NPMS_OWN.test(command),
);

describe('the commands of the documents', () => {
  it('are all found', () => expect(commands.length).toBeGreaterThan(40));

  it.each(commands.filter(({ command }) => command.startsWith('npm')))('$command ($document)', ({ command }) => {
    const [own = '', given = ''] = command.split(' -- ');
    const [, name = '', rest = ''] = /^npm (?:run )?([a-z0-9:]+)(.*)$/.exec(own) ?? [];
    const [, workspace] = /(?:-w|--workspace) (\S+)/.exec(rest) ?? [];
    if (workspace !== undefined) expect(workspaces).toContain(workspace);
    expect(Object.keys(workspace === undefined ? scripts : scriptsOf(workspace))).toContain(name);
    const args = given
      .split(' ')
      .filter(Boolean)
      .map((arg) => arg.replace(/^<.*>$/, '1'));
    expect(() => READERS[name]?.(args)).not.toThrow();
    const patterns = name === 'test' ? args.filter((arg) => !arg.startsWith('-')) : [];
    expect(
      patterns.filter((pattern) => !existsSync(join(ROOT, pattern)) && !existsSync(join(ROOT, `${pattern}.spec.ts`))),
    ).toEqual([]);
  });

  it.each(commands.filter(({ command }) => command.startsWith('node examples')))(
    '$command ($document)',
    ({ command }) => {
      const [, file = '', name] = command.split(' ');
      expect(existsSync(join(ROOT, file))).toBe(true);
      if (name?.startsWith('<') === false && file.endsWith('run.mjs')) {
        expect(existsSync(join(ROOT, 'examples', name, 'main.ts'))).toBe(true);
      }
    },
  );

  it.each(codeBlocks().filter(({ info }) => info === 'sh'))('a test runs the block of $document: $text', ({ text }) => {
    const first = text.split('\n')[0]?.replace(/\s{2,}#.*$/, '') ?? '';
    expect(Object.keys(RUN_BY)).toContain(first);
    expect(existsSync(join(ROOT, RUN_BY[first] ?? ''))).toBe(true);
  });
});
