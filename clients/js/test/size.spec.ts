import { describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

describe('the one file that pages load', () => {
  it('is no bigger than it may be, minified and compressed', async () => {
    const script = fileURLToPath(new URL('../size.js', import.meta.url));
    const { stdout } = await run(process.execPath, [script]);
    console.info(stdout.trim());
    const [, size, most] = /(\d+) of (\d+) bytes compressed/.exec(stdout) ?? [];
    expect(Number(size)).toBeLessThanOrEqual(Number(most));
    expect(Number(most)).toBeLessThanOrEqual(11.5 * 1_024);
  });
});
