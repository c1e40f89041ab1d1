/** Claims of a client token. */
export interface TokenClaims {
  /** User of the socket. */
  user: string;
  /**
   * Patterns of topics to subscribe to, such as `orders.*`. Default none. The personal topic, `all`
   * and topics under `public.` need no pattern.
   */
  topics?: readonly string[];
  /** Patterns of topics to publish to. Default none. */
  publish?: readonly string[];
  /** App of the user. The server's default is `main`. */
  app?: string;
  /** Lifetime of the token. Default 3,600,000 (an hour). */
  expiresInMs?: number;
}

const HOUR_MS = 3_600_000;

/**
 * Signs a client token: a JWT (RFC 7519) by HS256 with `iat` and a unique `jti`, so that it can be
 * revoked.
 * @param secret the server's `JWT_SECRET`, which belongs on backends only.
 * @throws TypeError naming the missing or invalid claim.
 */
export async function signToken(claims: TokenClaims, secret: string): Promise<string> {
  const { user, topics, publish, app, expiresInMs = HOUR_MS } = claims;
  if (typeof user !== 'string' || user === '') throw new TypeError('user is missing');
  if (typeof secret !== 'string' || secret === '') {
    throw new TypeError('secret is missing: pass the JWT_SECRET of the server');
  }
  if (!(expiresInMs > 0 && Number.isFinite(expiresInMs))) throw new TypeError('expiresInMs must be a number above 0');
  for (const [name, patterns] of Object.entries({ topics, publish })) {
    if (patterns !== undefined && !isListOfText(patterns)) throw new TypeError(`${name} must be a list of patterns`);
  }
  const nowMs = Date.now();
  const times = { iat: Math.floor(nowMs / 1_000), exp: Math.ceil((nowMs + expiresInMs) / 1_000) };
  const payload = { sub: user, app, topics, publish, jti: crypto.randomUUID(), ...times };
  const signed = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(payload)}`;
  const key = await crypto.subtle.importKey('raw', bytes(secret), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  const signature = await crypto.subtle.sign('HMAC', key, bytes(signed));
  return `${signed}.${base64url(new Uint8Array(signature))}`;
}

const isListOfText = (value: unknown): boolean =>
  Array.isArray(value) && value.every((one) => typeof one === 'string' && one !== '');

const bytes = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);

const encode = (value: unknown): string => base64url(bytes(JSON.stringify(value)));

const base64url = (raw: Uint8Array): string =>
  btoa(Array.from(raw, (byte) => String.fromCharCode(byte)).join(''))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
