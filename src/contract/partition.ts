/** How many hash tags the keys are spread over; fixed for ever, as every stored key depends on it. */
export const PARTITIONS = 64;

/** Every partition, for what has to be asked of all of them. */
export const ALL_PARTITIONS: readonly number[] = Array.from({ length: PARTITIONS }, (_, partition) => partition);

const SLOTS = 16_384;
const CRC16_POLYNOMIAL = 0x1021;
const CRC16 = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8;
  for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? (crc << 1) ^ CRC16_POLYNOMIAL : crc << 1;
  return crc;
});

/**
 * The partition of a name: its CRC16 as that of Redis Cluster (XMODEM, https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/)
 * modulo `PARTITIONS` (0 … 63). Several times for each notification, so nothing is allocated; names are ASCII.
 */
export function partitionOf(name: string): number {
  return crcOf(name) % PARTITIONS;
}

/** The slot of a hash tag on a Redis Cluster. */
export function slotOf(tag: string): number {
  return crcOf(tag) % SLOTS;
}

function crcOf(name: string): number {
  let crc = 0;
  for (let i = 0; i < name.length; i++) crc = (crc << 8) ^ (CRC16[((crc >> 8) ^ name.charCodeAt(i)) & 0xff] ?? 0);
  return crc & 0xffff;
}

/** What every key of a partition begins with: `<prefix>:{<partition>}:`. */
export function partitionPrefix(keyPrefix: string, partition: number): string {
  return `${keyPrefix}:{${partition}}:`;
}

/** What the keys of all queues begin with: one hash tag, so that a queue may move jobs between its keys on Cluster. */
export const queuePrefix = (keyPrefix: string): string => `{${keyPrefix}:queue}`;

/** Where a partition stands in a list, counted from 1 as scripts do; it is added where it is not there yet. */
export function placeIn(partitions: number[], partition: number): number {
  const place = partitions.indexOf(partition);
  return place < 0 ? partitions.push(partition) : place + 1;
}

/** Things by their partition, so that one call serves all of a partition. */
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
