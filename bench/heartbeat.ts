/** Interval at which every system pings each of its sockets. */
export const HEARTBEAT_MS = 10_000;
