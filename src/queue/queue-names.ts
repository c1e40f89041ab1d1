/** Queue of jobs that inspect topics with deliveries waiting for an ack. */
export const GUARD_QUEUE = 'guard';
/** Queue of jobs that release scheduled notifications. */
export const RELEASE_QUEUE = 'release';
/** Queue of the one repeated job that repairs what a crash left behind. */
export const SWEEP_QUEUE = 'sweep';
