import { z } from 'zod';
import { instant } from './instant.schema.js';
import { pageOf } from './page.js';
import { wholeText } from './whole-text.js';
import { isUserId } from './topic-name.js';

const MAX_REASON = 200;
/** As claims have it: visible ASCII. */
const isTokenId = (text: string): boolean => /^[\x21-\x7e]{1,128}$/.test(text);

const isPlain = (text: string): boolean => /^\P{Cc}*$/u.test(text);
const reason = wholeText.max(MAX_REASON).refine(isPlain, 'must have no control characters');

/** Body of `POST /v1/revocations`. */
export const revocationBody = z
  .strictObject({
    user: z.string().refine(isUserId, 'is not a user id').optional().meta({
      description:
        'Whose tokens count no more: all that were issued (`iat`) before `before`, and those that do not say when',
    }),
    jti: z
      .string()
      .refine(isTokenId, 'must be 1 to 128 visible ASCII characters')
      .optional()
      .meta({ description: 'Which one token counts no more, by its claim `jti`; instead of `user`' }),
    before: instant
      .optional()
      .meta({ description: 'With `user`: RFC 3339; now if not given, and at most a minute from now' }),
    expiresAt: instant.optional().meta({
      description: 'Until when it is kept, as its tokens end by then; after `REVOCATION_TTL_MS` if not given',
    }),
    reason: reason
      .optional()
      .meta({ description: `Why, for those who look at the list; up to ${MAX_REASON} characters` }),
  })
  .refine(({ user, jti }) => (user === undefined) !== (jti === undefined), {
    path: ['user'],
    error: 'or jti must be given, and not both',
  })
  .refine(({ user, before }) => user !== undefined || before === undefined, {
    path: ['before'],
    error: 'goes with user only',
  })
  .meta({
    id: 'RevocationRequest',
    example: { user: 'alice', reason: 'phone stolen' },
    // The rules above, for those who read the schema.
    oneOf: [{ required: ['user'] }, { required: ['jti'], not: { required: ['before'] } }],
  });
export type RevocationBody = z.output<typeof revocationBody>;

/** `user:<user>` or `jti:<jti>`. */
export const revocationId = z.string().refine((id) => {
  const [, kind, subject = ''] = /^(user|jti):(.*)$/.exec(id) ?? [];
  return kind === 'user' ? isUserId(subject) : isTokenId(subject);
}, 'must be user:<user> or jti:<jti>');

export const revocation = z
  .object({
    id: z.string().meta({ description: '`user:<user>` or `jti:<jti>`' }),
    user: z.string().optional(),
    jti: z.string().optional(),
    before: z.string().optional().meta({ description: 'With `user`: tokens issued earlier are refused' }),
    createdAt: z.string(),
    expiresAt: z.string().meta({ description: 'When it is forgotten' }),
    reason: z.string().optional(),
  })
  .meta({ id: 'Revocation' });
export type RevocationAnswer = z.output<typeof revocation>;

export const revocationsPage = pageOf(revocation).meta({ id: 'RevocationsPage' });
export type RevocationsPage = z.output<typeof revocationsPage>;

export const lifted = z.object({ id: z.string(), state: z.literal('lifted') }).meta({ id: 'RevocationLifted' });
export type Lifted = z.output<typeof lifted>;
