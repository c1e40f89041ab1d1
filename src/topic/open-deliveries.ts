import { Injectable } from '@nestjs/common';
import { partitionOf } from '../contract/partition.js';
import { RedisLanes } from '../redis/redis-lanes.js';
import { listOf } from '../redis/reply.js';
import { scriptsOf } from '../redis/script.js';

/** Unacknowledged delivery. */
export interface OpenDelivery {
  readonly offset: number;
  readonly id: string;
  readonly type: string;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
  /** 0 if nobody was connected. */
  readonly attempts: number;
}

const script = scriptsOf(import.meta.url);
const UNACKED = script(
  'unacked',
  ({ name, after, most }: { name: string; after: number; most: number }) => [name, after, most],
  (reply) => listOf(reply).map(openOf),
);

function openOf(reply: unknown): OpenDelivery {
  const [offset, id, created, expires, attempts, online, beginning] = listOf(reply);
  return {
    offset: Number(offset),
    id: String(id),
    type: typeIn(String(beginning)),
    createdAtMs: Number(created),
    expiresAtMs: Number(expires),
    attempts: Math.max(Number(attempts), Number(online) > 0 ? 1 : 0),
  };
}

/** Lists the open deliveries of a topic. */
@Injectable()
export class OpenDeliveries {
  constructor(private readonly lanes: RedisLanes) {}

  /**
   * Open deliveries by offset.
   * @param after last offset of the previous page, 0 for the first.
   */
  async page(name: string, after: number, most: number): Promise<OpenDelivery[]> {
    return this.lanes.commit.run(UNACKED, partitionOf(name), { name, after, most });
  }
}

/**
 * @param beginning body as built by `appendOf`, up to the end of its type; empty if the entry is
 * gone.
 */
function typeIn(beginning: string): string {
  return beginning === '' ? '' : (JSON.parse(`{${beginning}}`) as { type: string }).type;
}
