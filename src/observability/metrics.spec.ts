import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Metrics } from './metrics.js';

let metrics: Metrics;
beforeEach(() => {
  metrics = new Metrics();
});
afterEach(() => metrics.onModuleDestroy());

describe('Metrics', () => {
  it('counts under the names of the documentation', async () => {
    metrics.accepted.inc(3);
    metrics.connections.set(2);
    metrics.timeToAckSeconds.observe(0.02);
    metrics.dead('attempts').inc();
    metrics.dead('attempts').inc();
    metrics.closed(4408).inc();
    const text = await metrics.registry.metrics();
    expect(text).toContain('\npostrider_accepted_total 3\n');
    expect(text).toContain('\npostrider_connections 2\n');
    expect(text).toContain('\npostrider_time_to_ack_seconds_bucket{le="0.025"} 1\n');
    expect(text).toContain('\npostrider_dead_total{reason="attempts"} 2\n');
    expect(text).toContain('\npostrider_closed_total{code="4408"} 1\n');
    expect(text).toContain('\npostrider_event_loop_delay_max_seconds ');
    expect(text).toContain('\nprocess_cpu_seconds_total ');
  });

  it('holds the children that hot paths use', () => {
    expect(metrics.dead('overflow')).toBe(metrics.dead('overflow'));
  });

  it('asks a sampled gauge at each scrape', async () => {
    let depth = 4;
    metrics.sampled('queue_depth', 'Jobs that wait', async () => depth);
    expect(await metrics.registry.metrics()).toContain('\npostrider_queue_depth 4\n');
    depth = 5;
    expect(await metrics.registry.metrics()).toContain('\npostrider_queue_depth 5\n');
  });

  it('has a registry of its own, so that two applications fit in one process', () => {
    const other = new Metrics();
    other.accepted.inc();
    other.onModuleDestroy();
    expect(other.registry).not.toBe(metrics.registry);
  });
});
