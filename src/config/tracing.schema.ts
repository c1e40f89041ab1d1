import { z } from 'zod';
import { count, ratio, setting } from './setting.js';

/** Settings of what is told to a collector of traces. */
export const tracing = {
  traceUrl: setting(
    z.union([z.literal(''), z.url({ protocol: /^https?$/ })], 'must be a URL such as http://collector:4318/v1/traces'),
    {
      description:
        'Where traces go: the OTLP/HTTP endpoint of an OpenTelemetry collector, such as `http://collector:4318/v1/traces`. See docs/tracing.md.',
      default: '',
      defaultNote: 'none: nothing is traced',
    },
  ),
  traceSampleRatio: ratio(
    0.01,
    'Share of the traces that begin here which is recorded; where the publisher sends a `traceparent`, its sampled flag decides.',
  ),
  traceQueueMax: count(2_048, 'Spans that wait to be sent; further ones are dropped and counted.'),
};
