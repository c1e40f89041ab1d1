import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { ExportResultCode } from '@opentelemetry/core';
import { InMemorySpanExporter, type SpanExporter } from '@opentelemetry/sdk-trace-base';
import { Config } from '../config/config.js';
import { Metrics } from './metrics.js';
import { SpanRecorder } from './span-recorder.js';
import { Tracing } from './tracing.js';

const TRACE_ID = 'a'.repeat(32);
const parent = (flags: string) => ({ traceparent: `00-${TRACE_ID}-${'b'.repeat(16)}-${flags}` });

let metrics: Metrics;
beforeAll(() => Logger.overrideLogger(false));
beforeEach(() => {
  metrics = new Metrics();
});

function recorder(exporter: SpanExporter, env: Readonly<Record<string, string>> = {}): SpanRecorder {
  const required = { NODE_ENV: 'test', REDIS_URL: 'redis://localhost', API_KEYS: 'main:a:b', JWT_SECRET: 'secret' };
  return new SpanRecorder(Config.from({ ...required, TRACE_SAMPLE_RATIO: '1', ...env }), metrics, exporter);
}

const dropped = async (): Promise<number> => (await metrics.spansDropped.get()).values[0]?.value ?? 0;
const waiting = async (): Promise<number> => (await metrics.spansWaiting.get()).values[0]?.value ?? 0;

describe('Tracing', () => {
  it('does nothing if it is off', async () => {
    const tracing = new Tracing();
    expect([tracing.isOn, tracing.start('a', { parent: parent('01') })]).toEqual([false, undefined]);
    await tracing.onApplicationShutdown();
  });

  it('continues the trace of its parent, with its tracestate', () => {
    const spans = recorder(new InMemorySpanExporter());
    const span = spans.start('a', { parent: { ...parent('01'), tracestate: 'shop=7' } });
    expect(span?.context).toEqual({
      traceparent: expect.stringMatching(`^00-${TRACE_ID}-(?!b{16})[0-9a-f]{16}-01$`),
      tracestate: 'shop=7',
    });
  });

  it.each(['', 'x', `00-${TRACE_ID}-${'0'.repeat(16)}-01`, `ff-${TRACE_ID}-${'b'.repeat(16)}-01`])(
    'begins a new trace if the parent is %j',
    (traceparent) => {
      const span = recorder(new InMemorySpanExporter()).start('a', { parent: { traceparent } });
      expect(span?.context.traceparent).not.toContain(TRACE_ID);
      expect(span?.context.traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
    },
  );

  it.each([
    ['0', undefined, false],
    ['0', '01', true],
    ['1', undefined, true],
    ['1', '00', false],
  ])('with a ratio of %s and parent flags %s records: %s', (ratio, flags, recorded) => {
    const spans = recorder(new InMemorySpanExporter(), { TRACE_SAMPLE_RATIO: ratio });
    expect(spans.start('a', flags === undefined ? {} : { parent: parent(flags) }) !== undefined).toBe(recorded);
  });

  it('sends the remaining spans at the end, after the last additions of others', async () => {
    const exporter = new InMemorySpanExporter();
    const sent: string[] = [];
    exporter.shutdown = () => Promise.resolve(void sent.push(...exporter.getFinishedSpans().map(({ name }) => name)));
    const tracing = new Tracing(recorder(exporter), 1_000);
    tracing.start('a')?.end();
    tracing.beforeClose(() => tracing.start('b')?.end());
    await tracing.onApplicationShutdown();
    expect([sent, await dropped(), await waiting()]).toEqual([['a', 'b'], 0, 0]);
  });
});

describe('a collector that accepts nothing', () => {
  it('loses a bounded number of spans, all of them counted', async () => {
    const unanswered: Parameters<SpanExporter['export']>[1][] = [];
    const silent: SpanExporter = { export: (_, done) => void unanswered.push(done), shutdown: () => Promise.resolve() };
    const spans = recorder(silent, { TRACE_QUEUE_MAX: '10' });
    for (let n = 0; n < 25; n++) spans.start('a', {})?.end();
    expect([await waiting(), await dropped()]).toEqual([10, 15]);
    await spans.close(20);
    expect([await waiting(), await dropped()]).toEqual([0, 25]);
    for (const done of unanswered) done({ code: ExportResultCode.SUCCESS });
    expect([await waiting(), await dropped()]).toEqual([0, 25]);
  });

  it('has its refusals counted', async () => {
    const refusing: SpanExporter = {
      export: (_, done) => done({ code: ExportResultCode.FAILED, error: new Error('no') }),
      shutdown: () => Promise.resolve(),
    };
    const spans = recorder(refusing);
    for (let n = 0; n < 3; n++) spans.start('a', {})?.end();
    await spans.close(1_000);
    expect([await waiting(), await dropped()]).toEqual([0, 3]);
  });
});
