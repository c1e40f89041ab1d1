import { z } from 'zod';
import { parseRedisUrl } from './redis-url.js';
import { durationMs, file, setting, timerMs } from './setting.js';

const redisUrl = z.string().superRefine((url, context) => {
  try {
    parseRedisUrl(url);
  } catch (error) {
    const why = error instanceof TypeError ? error.message : 'cannot be read';
    context.addIssue(`${why}; see REDIS_URL in docs/configuration.md`);
  }
});

/** Durability of a `202`: executed by the primary, or also held by `replicas` replicas. */
export type Confirm = { mode: 'local' } | { mode: 'replicated'; replicas: number };

const confirm = z
  .string()
  .regex(/^(local|replicated:[1-9])$/, 'must be local or replicated:<1-9>')
  .transform((text): Confirm => {
    const [mode, replicas] = text.split(':');
    return mode === 'local' ? { mode: 'local' } : { mode: 'replicated', replicas: Number(replicas) };
  });

/** Settings of Redis: the connection, its keys, and what a write must have reached. */
export const redis = {
  redisUrl: setting(redisUrl, {
    description:
      'URL of Redis: `redis://user:password@host:6379/0`, `rediss://…` (TLS), `redis+sentinel://h1:26379,h2:26379/<primary>?db=0` ' +
      'or `redis+cluster://h1:6379,h2:6379`; `rediss+sentinel` and `rediss+cluster` use TLS. User and password are percent-encoded. Sentinels that ' +
      'require authentication get the same user and password, or those of `?sentinelUsername=…&sentinelPassword=…`.',
    example: 'redis://127.0.0.1:6379/0',
  }),
  redisTlsCaFile: file('CA certificates (PEM) for Redis, if its certificate is not signed by a system CA.'),
  redisTlsCertFile: file('Client certificate (PEM), if Redis requires one.'),
  redisTlsKeyFile: file('Private key (PEM) of `REDIS_TLS_CERT_FILE`.'),
  keyPrefix: setting(z.string().regex(/^[A-Za-z0-9_-]{1,32}$/, 'must be 1 to 32 of A-Z a-z 0-9 _ -'), {
    description: 'First part of every Redis key. Installations with different prefixes can share one Redis.',
    default: 'pr',
  }),
  bootRedisWaitMs: timerMs(30_000, 'How long a starting process waits for Redis before it exits.'),
  redisWatchMs: timerMs(1_000, 'Interval between checks of the memory and the configuration of Redis.', 50),
  clockOffsetMaxMs: durationMs(
    5_000,
    "Difference between a node's clock and that of Redis above which a warning is logged.",
    100,
  ),
  confirm: setting(confirm, {
    description:
      'Durability required for a write: `local` (executed by the primary) or `replicated:<n>` (also held by all connected replicas, at least n). ' +
      'docs/guarantees.md says what each of them survives.',
    default: 'local',
  }),
  confirmTimeoutMs: timerMs(1_000, 'How long a write waits for its replicas before the request gets 503.'),
  confirmSettleMs: timerMs(
    3_000,
    'How long writes get 503 after a replica has left that they wait for, since it may have been promoted. Set at least the time in which ' +
      'Sentinel points the replicas to a new primary. Afterwards the remaining replicas suffice if there are n. After a restart of the primary the time is four times as long. 0: always wait for exactly n replicas.',
    0,
  ),
};
