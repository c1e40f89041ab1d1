import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';

const FOLDER = fileURLToPath(new URL('../../docker/prometheus/', import.meta.url));
const run = promisify(execFile);
const promtool = async (...args: string[]): Promise<string> => {
  const { stdout, stderr } = await run(process.env['PROMTOOL_BIN'] ?? 'promtool', args, { cwd: FOLDER });
  return stdout + stderr;
};

describe('docker/prometheus', () => {
  it('is a configuration with rules that Prometheus accepts', async () => {
    const said = await promtool('check', 'config', 'prometheus.yml');
    expect(said.match(/SUCCESS: \d+ rules found/g)).toHaveLength(2);
  });

  it.each(readdirSync(`${FOLDER}tests`))('alerts exactly when it should: %s', async (file) => {
    expect(await promtool('test', 'rules', `tests/${file}`)).toContain('SUCCESS');
  });
});
