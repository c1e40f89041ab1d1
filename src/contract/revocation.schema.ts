import { z } from 'zod';
import { instant } from './instant.schema.js';
import { pageOf } from './page.js';
import { wholeText } from './whole-text.js';
import { isUserId } from './topic-name.js';

const MAX_REASON = 200;
/** Token ids: 1 to 128 visible ASCII characters. */
const isTokenId = (text: string): boolean => /^[\x21-\x7e]{1,128}$/.test(text);

const isPlain = (text: string): boolean => /^\P{Cc}*$/u.test(text);
const reason = wholeText.max(MAX_REASON).refine(isPlain, 'must not have control characters');

/** Body of `POST /v1/revocations`. */
export const revocationBody = z
  .strictObject({
    user: z.string().refine(isUserId, 'is not a valid user id').optional().meta({
      description: 'User whose tokens are revoked: those issued (`iat`) earlier than `before`, and those without `iat`',
    }),
    jti: z
      .string()
      .refine(isTokenId, 'must be 1 to 128 visible ASCII characters')
      .optional()
      .meta({ description: 'Revokes the one token with this claim `jti`; replaces `user`' }),
    before: instant
      .optional()
      .meta({ description: 'With `user`: RFC 3339 time, at most one minute ahead; default: now' }),
    expiresAt: instant.optional().meta({
      description:
        'When the revocation may be forgotten, because its tokens have expired by then; default: after `REVOCATION_TTL_MS`',
    }),
    reason: reason.optional().meta({ description: `Reason shown in the list, up to ${MAX_REASON} characters` }),
  })
  .refine(({ user, jti }) => (user === undefined) !== (jti === undefined), {
    path: ['user'],
    error: 'or jti is required, and not both',
  })
  .refine(({ user, before }) => user !== undefined || before === undefined, {
    path: ['before'],
    error: 'is only allowed together with user',
  })
  .meta({
    id: 'RevocationRequest',
    example: { user: 'alice', reason: 'phone stolen' },
    // The two refinements above, for readers of the schema.
    oneOf: [{ required: ['user'] }, { required: ['jti'], not: { required: ['before'] } }],
  });
export type RevocationBody = z.output<typeof revocationBody>;

/** Id of a revocation: `user:<user>` or `jti:<jti>`. */
export const revocationId = z.string().refine((id) => {
  const [, kind, subject = ''] = /^(user|jti):(.*)$/.exec(id) ?? [];
  return kind === 'user' ? isUserId(subject) : isTokenId(subject);
}, 'must be user:<user> or jti:<jti>');

export const revocation = z
  .object({
    id: z.string().meta({ description: '`user:<user>` or `jti:<jti>`' }),
    user: z.string().optional(),
    jti: z.string().optional(),
    before: z.string().optional().meta({ description: 'With `user`: tokens issued before this time are refused' }),
    createdAt: z.string(),
    expiresAt: z.string().meta({ description: 'When the revocation is forgotten' }),
    reason: z.string().optional(),
  })
  .meta({ id: 'Revocation' });
export type RevocationAnswer = z.output<typeof revocation>;

export const revocationsPage = pageOf(revocation).meta({ id: 'RevocationsPage' });
export type RevocationsPage = z.output<typeof revocationsPage>;

export const lifted = z.object({ id: z.string(), state: z.literal('lifted') }).meta({ id: 'RevocationLifted' });
export type Lifted = z.output<typeof lifted>;
