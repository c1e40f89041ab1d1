import slotOf from 'cluster-key-slot';

/** How many hash tags the keys are spread over; fixed for ever, as every stored key depends on it. */
export const PARTITIONS = 64;

/** Every partition, for what has to be asked of all of them. */
export const ALL_PARTITIONS: readonly number[] = Array.from({ length: PARTITIONS }, (_, partition) => partition);

/** The partition of a name: CRC16 of the name modulo `PARTITIONS` (0 … 63). */
export function partitionOf(name: string): number {
  return slotOf(name) % PARTITIONS;
}

/** What every key of a partition begins with: `<prefix>:{<partition>}:`. */
export function partitionPrefix(keyPrefix: string, partition: number): string {
  return `${keyPrefix}:{${partition}}:`;
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
