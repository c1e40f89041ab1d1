import { z } from 'zod';
import { adminKeys, apiKeys, secrets } from './key-lists.js';
import { count, durationMs, setting, sizeBytes, timerMs } from './setting.js';

const DAY_MS = 86_400_000;

/**
 * Signature algorithms of client tokens: HS256 uses `JWT_SECRET`, the others use a key of the JWKS.
 */
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

/** Settings that decide who may use REST and open sockets. */
export const access = {
  apiKeys: setting(apiKeys, {
    description:
      'API keys for REST: a comma-separated list of `app:name:key`; a key has up to 256 characters, in production at least 16. ' +
      'These keys may make every call; keys in `API_KEYS_FILE` may be restricted by scopes.',
    default: '',
    defaultNote: '**required** without `API_KEYS_FILE`',
    example: '',
  }),
  apiKeysFile: setting(z.string().optional(), {
    description:
      'File with further API keys, stored as hashes and with scopes; it is reloaded when it changes. See docs/authentication.md.',
    defaultNote: 'none',
  }),
  adminKeys: setting(adminKeys, {
    description:
      'Admin keys for the console and for REST on behalf of any app (header `Postrider-App`): a comma-separated list of `name:key`; ' +
      'a key has up to 256 characters, in production at least 16. `API_KEYS_FILE` may contain more.',
    default: '',
    defaultNote: 'none',
  }),
  jwtSecret: setting(z.string().min(1), {
    description:
      'Secret that signs client tokens (HS256); in production at least 16 characters. Console sessions derive from it.',
    example: '',
  }),
  jwtSecretsPrevious: setting(secrets, {
    description: 'Former secrets that may still verify client tokens, comma-separated.',
    default: '',
    defaultNote: 'none',
  }),
  jwksUrl: setting(webUrl.optional(), {
    description:
      'URL of the public keys that verify client tokens (RFC 7517); in production `https`, or `http` on this machine. Redirects are not followed.',
    defaultNote: 'none',
  }),
  jwksFile: setting(z.string().optional(), {
    description: 'File with these public keys, used instead of `JWKS_URL`; it is reloaded when it changes.',
    defaultNote: 'none',
  }),
  jwksRefreshMs: timerMs(
    600_000,
    'Interval between fetches of `JWKS_URL`. If a fetch fails, the known keys stay valid.',
    100,
  ),
  jwksCooldownMs: timerMs(
    30_000,
    'Minimum interval between two fetches. A token with an unknown `kid` triggers a fetch, but not more often than this.',
    100,
  ),
  jwksTimeoutMs: timerMs(5_000, 'Timeout of a fetch of `JWKS_URL`.', 10),
  jwtAlgorithms: setting(algorithms.optional(), {
    description: `Accepted signature algorithms of client tokens, comma-separated, from ${JWT_ALGORITHMS.map((name) => `\`${name}\``).join(', ')}.`,
    defaultNote: '`HS256`; with a JWKS all of them',
  }),
  jwtIssuer: setting(words(), {
    description: 'Accepted values of the claim `iss`, comma-separated.',
    default: '',
    defaultNote: 'anything',
  }),
  jwtAudience: setting(words(), {
    description: 'Accepted values of the claim `aud`, comma-separated; a token must have one of them.',
    default: '',
    defaultNote: 'anything',
  }),
  jwtLeewayMs: durationMs(
    0,
    'Tolerated clock difference to token issuers: it extends `exp`, and it lets `nbf` and `iat` be this far in the future.',
    0,
    600_000,
  ),
  tokenMaxBytes: sizeBytes(8_192, 'Maximum length of a client token.', 256),
  keyFilePollMs: timerMs(2_000, 'Interval between checks of `API_KEYS_FILE` and `JWKS_FILE` for changes.', 20),
  revocationTtlMs: durationMs(
    30 * DAY_MS,
    'Default lifetime of a revocation; at least the lifetime of your tokens.',
    1_000,
  ),
  revocationMax: count(10_000, 'Maximum number of revocations in the installation; more are refused.', 1, 1_000_000),
  revocationPollMs: timerMs(5_000, 'Interval at which a gateway polls for revocations, in case a hint was lost.', 20),
};
