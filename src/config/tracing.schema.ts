import { z } from 'zod';
import { count, ratio, setting } from './setting.js';

/** Settings of traces. */
export const tracing = {
  traceUrl: setting(
    z.union([z.literal(''), z.url({ protocol: /^https?$/ })], 'must be a URL such as http://collector:4318/v1/traces'),
    {
      description:
        'OTLP/HTTP endpoint of an OpenTelemetry collector for traces, such as `http://collector:4318/v1/traces`. See docs/tracing.md.',
      default: '',
      defaultNote: 'none: tracing is off',
    },
  ),
  traceSampleRatio: ratio(
    0.01,
    'Fraction of new traces that are recorded. If the publisher sends a `traceparent`, its sampled flag decides instead.',
  ),
  traceQueueMax: count(2_048, 'Maximum spans waiting to be sent; more are dropped and counted.'),
};
