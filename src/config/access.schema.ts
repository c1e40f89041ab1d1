import { z } from 'zod';
import { apiKeys, secrets } from './key-lists.js';
import { count, durationMs, setting, sizeBytes, timerMs } from './setting.js';

const DAY_MS = 86_400_000;

/** What tokens of sockets may be signed with: HS256 by `JWT_SECRET`, the others by a key of the JWKS. */
export const JWT_ALGORITHMS = ['HS256', 'RS256', 'PS256', 'ES256', 'EdDSA'] as const;
export type JwtAlgorithm = (typeof JWT_ALGORITHMS)[number];

const algorithms = z.string().transform((list, context): readonly JwtAlgorithm[] => {
  const names = list.split(',').map((name) => name.trim());
  if (!names.every((name) => JWT_ALGORITHMS.some((known) => known === name)))
    context.addIssue(`must be a comma-separated list of ${JWT_ALGORITHMS.join(', ')}`);
  return JWT_ALGORITHMS.filter((known) => names.includes(known));
});

const words = () =>
  z.string().transform((list): readonly string[] => list.split(',').flatMap((word) => word.trim() || []));

const webUrl = z.string().transform((text, context): URL => {
  const isWeb = URL.canParse(text) && ['http:', 'https:'].includes(new URL(text).protocol);
  if (isWeb) return new URL(text);
  context.addIssue('must be an https:// URL');
  return z.NEVER;
});

/** Who may use REST and open sockets. */
export const access = {
  apiKeys: setting(apiKeys, {
    description:
      'Who may use REST: a comma-separated list of `app:name:key`; a key has up to 256 characters, in production at least 16. ' +
      'Each may make every call; `API_KEYS_FILE` has keys that may make some.',
    default: '',
    defaultNote: '**required** without `API_KEYS_FILE`',
    example: '',
  }),
  apiKeysFile: setting(z.string().optional(), {
    description:
      'File of further keys, by their hashes and with scopes, read again when it changes. See docs/authentication.md.',
    defaultNote: 'none',
  }),
  jwtSecret: setting(z.string().min(1), {
    description:
      'Secret with which the tokens of sockets are signed (HS256); in production at least 16 characters. The sessions of the console derive from it.',
    example: '',
  }),
  jwtSecretsPrevious: setting(secrets, {
    description: 'Former secrets that tokens of sockets may still be signed with, comma-separated.',
    default: '',
    defaultNote: 'none',
  }),
  jwksUrl: setting(webUrl.optional(), {
    description:
      'Where the public keys of tokens of sockets are (RFC 7517); in production `https`, or `http` on the own machine. Redirects are not followed.',
    defaultNote: 'none',
  }),
  jwksFile: setting(z.string().optional(), {
    description: 'File with those keys instead, read again when it changes.',
    defaultNote: 'none',
  }),
  jwksRefreshMs: timerMs(
    600_000,
    'How often the keys at `JWKS_URL` are fetched; those known stay where that fails.',
    100,
  ),
  jwksCooldownMs: timerMs(
    30_000,
    'Shortest time between two fetches: a token with an unknown `kid` has them fetched at once, but not more often.',
    100,
  ),
  jwksTimeoutMs: timerMs(5_000, 'How long a fetch of keys may take.', 10),
  jwtAlgorithms: setting(algorithms.optional(), {
    description: `Algorithms that tokens of sockets may have, comma-separated, of ${JWT_ALGORITHMS.map((name) => `\`${name}\``).join(', ')}.`,
    defaultNote: '`HS256`; with a JWKS all of them',
  }),
  jwtIssuer: setting(words(), {
    description: 'What `iss` of a token must be, one of a comma-separated list.',
    default: '',
    defaultNote: 'anything',
  }),
  jwtAudience: setting(words(), {
    description: 'What `aud` of a token must have, one of a comma-separated list.',
    default: '',
    defaultNote: 'anything',
  }),
  jwtLeewayMs: durationMs(
    0,
    'How far the clocks of issuers may be off: tokens count so much longer than `exp` and earlier than `nbf`, and `iat` may be so much further ahead.',
    0,
    600_000,
  ),
  tokenMaxBytes: sizeBytes(8_192, 'Longest token of a socket.', 256),
  keyFilePollMs: timerMs(2_000, 'How often `API_KEYS_FILE` and `JWKS_FILE` are looked at.', 20),
  revocationTtlMs: durationMs(
    30 * DAY_MS,
    'How long a revocation stays that does not say; at least as long as tokens live.',
    1_000,
  ),
  revocationMax: count(10_000, 'Revocations of the whole installation; further ones are refused.', 1, 1_000_000),
  revocationPollMs: timerMs(5_000, 'How often a gateway looks for revocations that no hint has told it of.', 20),
};
