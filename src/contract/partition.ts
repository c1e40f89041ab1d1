/**
 * Number of hash tags over which the keys are spread. It can never change, since every stored key
 * depends on it.
 */
export const PARTITIONS = 64;

/** Every partition, for requests that must reach all of them. */
export const ALL_PARTITIONS: readonly number[] = Array.from({ length: PARTITIONS }, (_, partition) => partition);

const SLOTS = 16_384;
const CRC16_POLYNOMIAL = 0x1021;
const CRC16 = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8;
  for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? (crc << 1) ^ CRC16_POLYNOMIAL : crc << 1;
  return crc;
});

/**
 * Partition of a name (0 … 63): its Redis Cluster CRC16 (XMODEM) modulo `PARTITIONS`. It runs
 * several times for each notification, so it allocates nothing. Names are ASCII.
 * https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/
 */
export function partitionOf(name: string): number {
  return crcOf(name) % PARTITIONS;
}

/** Hash slot of a tag on a Redis Cluster. */
export function slotOf(tag: string): number {
  return crcOf(tag) % SLOTS;
}

function crcOf(name: string): number {
  let crc = 0;
  for (let i = 0; i < name.length; i++) crc = (crc << 8) ^ (CRC16[((crc >> 8) ^ name.charCodeAt(i)) & 0xff] ?? 0);
  return crc & 0xffff;
}

/** Prefix of every key of a partition: `<prefix>:{<partition>}:`. */
export function partitionPrefix(keyPrefix: string, partition: number): string {
  return `${keyPrefix}:{${partition}}:`;
}

/**
 * Prefix of all queue keys: one hash tag, so that a queue may move jobs between its keys on
 * Cluster.
 */
export const queuePrefix = (keyPrefix: string): string => `{${keyPrefix}:queue}`;

/**
 * Position of a partition in a list, counted from 1 as in Lua; adds the partition if it is missing.
 */
export function placeIn(partitions: number[], partition: number): number {
  const place = partitions.indexOf(partition);
  return place < 0 ? partitions.push(partition) : place + 1;
}

/** Groups items by partition, so that one call serves a whole partition. */
export function groupByPartition<T>(things: Iterable<T>, partitionOfThing: (thing: T) => number): Map<number, T[]> {
  const groups = new Map<number, T[]>();
  for (const thing of things) {
    const partition = partitionOfThing(thing);
    const group = groups.get(partition);
    if (group) group.push(thing);
    else groups.set(partition, [thing]);
  }
  return groups;
}
