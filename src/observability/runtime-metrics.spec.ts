import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Metrics } from './metrics.js';
import { RuntimeMetrics } from './runtime-metrics.js';
import { VERSION } from './version.js';

let metrics: Metrics;
let runtime: RuntimeMetrics;
beforeEach(() => {
  metrics = new Metrics();
  runtime = new RuntimeMetrics(metrics);
});
afterEach(() => runtime.onModuleDestroy());

async function valueOf(name: string): Promise<number> {
  const text = await metrics.registry.metrics();
  return Number(new RegExp(`^postrider_${name} (\\S+)$`, 'm').exec(text)?.[1] ?? NaN);
}

function block(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

describe('RuntimeMetrics', () => {
  it('reports the version', async () => {
    const text = await metrics.registry.metrics();
    expect(text).toContain(`\npostrider_build_info{version="${VERSION}",node="${process.version}"} 1\n`);
  });

  it('reports how busy the event loop was', async () => {
    await valueOf('event_loop_utilization');
    block(50);
    expect(await valueOf('event_loop_utilization')).toBeGreaterThan(0);
    expect(await valueOf('event_loop_utilization')).toBeLessThanOrEqual(1);
  });
});
