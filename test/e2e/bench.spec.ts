import { describe, expect, it } from '@jest/globals';
import type { SystemName } from '../../bench/generator/dialects/dialects.js';
import { readOptions } from '../../bench/options.js';
import { runOnce } from '../../bench/run.js';
import { WORKLOADS } from '../../bench/workloads/workloads.js';

describe('a benchmark', () => {
  it.each<SystemName>(['postrider', 'rawws'])('of %s has every message delivered once', async (system) => {
    const workload = WORKLOADS.find(({ name }) => name === 'w1-single')!;
    const options = readOptions(['--users=50', '--seconds=1', '--warmup=0']);
    const { figures, latency } = await runOnce(workload, system, options);
    expect(figures).toMatchObject({ lost: 0, twice: 0, refused: 0 });
    expect(figures.perSecond).toBeGreaterThan(0);
    expect(latency).not.toBe('');
  });
});
