import { flag, setting, timerMs } from './setting.js';

/** Settings of the console and the demo. */
export const pages = {
  sampleMs: timerMs(
    5_000,
    'Interval at which each process publishes its samples to the console; samples of the whole installation come at most every `SWEEP_MS`. 0 disables them.',
    0,
  ),
  demo: setting(flag.optional(), {
    description:
      'Enables `POST /demo/access`, which gives anybody a private area of the app `postrider.demo` for the demo at `/`.',
    defaultNote: '`false` in production, else `true`',
  }),
};
