declare module 'cluster-key-slot' {
  /** The Redis Cluster slot (0 … 16383) of a key. */
  export default function slotOf(key: string): number;
}
