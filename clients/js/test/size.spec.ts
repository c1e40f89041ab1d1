import { describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

describe('the core that pages load', () => {
  it('is within its bound, minified and compressed', async () => {
    const script = fileURLToPath(new URL('../size.js', import.meta.url));
    const { stdout } = await run(process.execPath, [script]);
    console.info(stdout.trim());
    const [, size, most] = /(\d+) of (\d+) bytes compressed/.exec(stdout) ?? [];
    expect(Number(size)).toBeLessThanOrEqual(Number(most));
    expect(Number(most)).toBeLessThanOrEqual(10 * 1_024);
  });
});
