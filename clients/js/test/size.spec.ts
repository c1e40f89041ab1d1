import { describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

describe('the one file that pages load', () => {
  it('has at most 8 KiB, minified and compressed', async () => {
    const script = fileURLToPath(new URL('../size.js', import.meta.url));
    const { stdout } = await run(process.execPath, [script]);
    console.info(stdout.trim());
    expect(Number(/(\d+) of \d+ bytes compressed/.exec(stdout)?.[1])).toBeLessThanOrEqual(8 * 1_024);
  }, 60_000);
});
