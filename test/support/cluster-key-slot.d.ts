declare module 'cluster-key-slot' {
  /** Returns the Redis Cluster slot (0 to 16383) of a key. */
  export default function slotOf(key: string): number;
}
