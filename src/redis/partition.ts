import slotOf from 'cluster-key-slot';

/** How many hash tags the keys are spread over; fixed for ever, as every stored key depends on it. */
export const PARTITIONS = 64;

/** The partition of a name: CRC16 of the name modulo `PARTITIONS` (0 … 63). */
export function partitionOf(name: string): number {
  return slotOf(name) % PARTITIONS;
}

/** What every key of a partition begins with: `<prefix>:{<partition>}:`. */
export function partitionPrefix(keyPrefix: string, partition: number): string {
  return `${keyPrefix}:{${partition}}:`;
}
