import { setTimeout as delay } from 'node:timers/promises';
import type { RedisRig } from '../support/redis-rig.js';
import { duration } from './clock.js';
import type { PublisherDriver, Stage } from './stage.js';
import type { World } from './world.js';

export interface Returns {
  readonly publisher: PublisherDriver;
  readonly count: number;
  /** Returns the next Redis to hit. */
  primary(): Promise<RedisRig>;
  /**
   * Waits until all of Redis has recovered.
   * @returns true if another node than `old` is the primary.
   */
  settled(old: RedisRig): Promise<boolean>;
}

/** Range of outages, from well below to well above the time of a failover decision. */
const AWAY_MS = [500, 6_000] as const;
/** Interval at which a node restarts too, so that it sees the primary for the first time. */
const FRESH_EVERY = 3;

/**
 * Takes a primary away and back, alternately killed and stopped.
 * @returns the longest times without a `202`, and the outcomes.
 */
export async function comeBack(
  stage: Stage,
  world: World,
  { publisher, count, primary, settled }: Returns,
): Promise<{ gapsMs: number[]; replaced: number }> {
  const gapsMs: number[] = [];
  let replaced = 0;
  for (let turn = 0; turn < count; turn += 1) {
    await delay(stage.between(500, 1_500));
    await publisher.call('resetGap');
    const old = await primary();
    const isKilled = turn % 2 === 0;
    const awayMs = stage.between(...AWAY_MS);
    stage.say(`${isKilled ? 'kill −9' : 'SIGSTOP'} of the primary at port ${old.port} for ${duration(awayMs)}`);
    if (isKilled) await old.kill();
    else old.pause();
    await delay(awayMs);
    const fresh = turn % FRESH_EVERY === FRESH_EVERY - 1 ? world.node('node-1') : undefined;
    await fresh?.kill();
    const started = fresh?.restart();
    if (isKilled) await old.restart();
    else old.unpause();
    await started;
    const isReplaced = await settled(old);
    if (isReplaced) replaced += 1;
    const { acceptGapMs } = await publisher.call('stats');
    gapsMs.push(acceptGapMs);
    stage.say(`${isReplaced ? 'another is' : 'it is still'} primary; ${duration(acceptGapMs)} without a 202`);
  }
  return { gapsMs, replaced };
}
