import { beforeEach, describe, expect, it } from '@jest/globals';
import { AggregatorRegistry } from 'prom-client';
import { Metrics } from './metrics.js';

let metrics: Metrics;
beforeEach(() => {
  metrics = new Metrics();
});

describe('Metrics', () => {
  it('uses the documented names', async () => {
    metrics.accepted.inc(3);
    metrics.connections.set(2);
    metrics.dead('overflow').inc();
    metrics.dead('overflow').inc();
    metrics.closed(4408).inc();
    const text = await metrics.registry.metrics();
    expect(text).toContain('\npostrider_accepted_total 3\n');
    expect(text).toContain('\npostrider_connections 2\n');
    expect(text).toContain('\npostrider_dead_total{reason="overflow"} 2\n');
    expect(text).toContain('\npostrider_closed_total{code="4408"} 1\n');
    expect(text).toContain('\nprocess_cpu_seconds_total ');
  });

  it('counts times into cumulative buckets, by label', async () => {
    const times = metrics.timeToAckSeconds.child({ priority: 'low', policy: 'all' });
    for (const seconds of [0.0005, 0.001, 0.02, 0.2, 4_000]) times.observe(seconds);
    metrics.timeToAckSeconds.child({ priority: 'high', policy: 'any' }).observe(0.02);
    const text = await metrics.registry.metrics();
    const bucket = (le: string, count: number): string =>
      `\npostrider_time_to_ack_seconds_bucket{le="${le}",priority="low",policy="all"} ${count}\n`;
    for (const [le, count] of [
      ['0.001', 2],
      ['0.0025', 2],
      ['0.025', 3],
      ['0.2', 4],
      ['300', 4],
      ['+Inf', 5],
    ] as const) {
      expect(text).toContain(bucket(le, count));
    }
    expect(text).toContain('\npostrider_time_to_ack_seconds_sum{priority="low",policy="all"} 4000.2215\n');
    expect(text).toContain('\npostrider_time_to_ack_seconds_count{priority="low",policy="all"} 5\n');
    const { le, counts } = metrics.timeToAckSeconds.distribution;
    expect([le.indexOf(0.025), counts[le.indexOf(0.025)], counts.at(-1)]).toEqual([4, 2, 1]);
  });

  it('adds up over processes like a histogram of prom-client', async () => {
    const other = new Metrics();
    for (const one of [metrics, other]) one.acceptSeconds.child({}).observe(0.3);
    const figures = await Promise.all([metrics, other].map(({ registry }) => registry.getMetricsAsJSON()));
    const text = await AggregatorRegistry.aggregate(figures).metrics();
    expect(text).toContain('\npostrider_accept_seconds_bucket{le="0.2"} 0\n');
    expect(text).toContain('\npostrider_accept_seconds_bucket{le="0.5"} 2\n');
    expect(text).toContain('\npostrider_accept_seconds_sum 0.6\n');
  });

  it('starts at zero, so that the first event has a rate', async () => {
    const text = await metrics.registry.metrics();
    expect(text).toContain('\npostrider_dead_total{reason="refused"} 0\n');
    expect(text).toContain('\npostrider_accept_refused_total{code="overloaded",status="503"} 0\n');
    expect(text).toContain('\npostrider_time_to_ack_seconds_count{priority="high",policy="none"} 0\n');
  });

  it('never uses client text as a label', async () => {
    metrics.closed(3_141).inc();
    metrics.closed(2_718).inc();
    metrics.frameReceived('made-up').inc();
    const text = await metrics.registry.metrics();
    expect(text).toContain('\npostrider_closed_total{code="other"} 2\n');
    expect(text).toContain('\npostrider_frames_received_total{event="other"} 1\n');
    expect(text).not.toMatch(/"(3141|2718|made-up)"/);
  });

  it('reads a sampled gauge at each scrape', async () => {
    let depth = 4;
    metrics.sampled('queue_depth', 'Jobs that wait', async () => depth);
    expect(await metrics.registry.metrics()).toContain('\npostrider_queue_depth 4\n');
    depth = 5;
    expect(await metrics.registry.metrics()).toContain('\npostrider_queue_depth 5\n');
  });

  it('has its own registry, so that two applications fit in one process', () => {
    const other = new Metrics();
    other.accepted.inc();
    expect(other.registry).not.toBe(metrics.registry);
  });
});
