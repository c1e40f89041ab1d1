import { describe, expect, it } from '@jest/globals';
import type * as sdk from '@postrider/client';
import type { z } from 'zod';
import { CODES } from '../../clients/js/src/ending.js';
import type { Nacked, NotificationData } from '../../clients/js/src/frames.js';
import { CLOSE_CODES } from '../../src/contract/close-codes.js';
import type { ERRORS } from '../../src/contract/postrider-error.js';
import type { SERVER_DATA, ServerEvent } from '../../src/contract/server-frames.js';
import type { GapReason } from '../../src/contract/terms.js';
import type { Same, SameWords } from './same-fields.js';

type Data<E extends ServerEvent> = z.output<NonNullable<(typeof SERVER_DATA)[E]>>;

/** Events of the client that are not frames of the server. */
type OwnEvent = 'state' | 'elsewhere';

/** Frames of the server that the client keeps to itself. */
type InnerFrame = 'acked' | 'nacked' | 'published' | 'presence' | 'refreshed' | 'ping' | 'pong';

/** Compile-time check that the types of the SDK equal those of the server's contract. */
const types: true[] = [
  true satisfies Same<Data<'welcome'>, Required<sdk.Welcome>>,
  true satisfies Same<Data<'subscribed'>, sdk.Subscribed>,
  true satisfies Same<Data<'unsubscribed'>, sdk.Unsubscribed>,
  true satisfies Same<Omit<Data<'notification'>, 'tracestate'>, NotificationData>,
  true satisfies Same<Data<'gap'>, sdk.Gap>,
  true satisfies Same<Data<'goodbye'>, sdk.Goodbye>,
  true satisfies Same<Data<'nacked'>, Nacked>,
  true satisfies Same<Data<'published'>, sdk.Published>,
  true satisfies Same<Data<'presence'>, sdk.Presence>,
  true satisfies SameWords<GapReason, sdk.Gap['reason']>,
  true satisfies SameWords<keyof typeof ERRORS, sdk.ServerErrorCode>,
  true satisfies SameWords<ServerEvent, Exclude<keyof sdk.PostriderEvents, OwnEvent> | InnerFrame>,
];

describe('the client SDK', () => {
  it('has the frames, events and error codes of the contract, as the compiler has checked', () => {
    expect(types).not.toContain(false);
  });

  it('names only close codes of the contract, and 1006, which platforms make', () => {
    const known = new Set(['1006', ...Object.keys(CLOSE_CODES)]);
    expect(Object.keys(CODES).filter((code) => !known.has(code))).toEqual([]);
  });
});
