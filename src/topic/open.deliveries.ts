import { Injectable } from '@nestjs/common';
import { partitionOf } from '../redis/partition.js';
import { RedisLanes } from '../redis/redis.lanes.js';
import { listOf } from './topic.limits.js';
import { topicScript } from './topic.script.js';

const UNACKED = topicScript('unacked');

/** A delivery that nobody has acknowledged yet. */
export interface OpenDelivery {
  readonly offset: number;
  readonly id: string;
  readonly type: string;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
  /** 0 where nobody was connected. */
  readonly attempts: number;
}

/** What is open in a topic. */
@Injectable()
export class OpenDeliveries {
  constructor(private readonly lanes: RedisLanes) {}

  /** By offset. @param after the last offset of the page before, 0 for the first. */
  async page(name: string, after: number, most: number): Promise<OpenDelivery[]> {
    const replies = listOf(await this.lanes.commit.run(UNACKED, partitionOf(name), [name, after, most]));
    return replies.map((reply) => {
      const [offset, id, created, expires, attempts, online, beginning] = listOf(reply);
      return {
        offset: Number(offset),
        id: String(id),
        type: typeIn(String(beginning)),
        createdAtMs: Number(created),
        expiresAtMs: Number(expires),
        attempts: Math.max(Number(attempts), Number(online) > 0 ? 1 : 0),
      };
    });
  }
}

/** @param beginning of a body as `appendOf` builds it, up to the end of its type; empty where the entry is gone. */
function typeIn(beginning: string): string {
  return beginning === '' ? '' : (JSON.parse(`{${beginning}}`) as { type: string }).type;
}
