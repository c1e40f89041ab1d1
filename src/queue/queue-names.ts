/** Jobs that look at topics whose deliveries wait for an ack. */
export const GUARD_QUEUE = 'guard';
/** Jobs that release scheduled notifications. */
export const RELEASE_QUEUE = 'release';
/** The one repeated job that mends what a crash left behind. */
export const SWEEP_QUEUE = 'sweep';
