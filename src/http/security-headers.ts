/**
 * On every answer that does not bring its own: nothing here is to be rendered, framed or guessed at. As few as do that, since
 * each is part of every `202`; what only pages need, they have.
 */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
};

/** Only over TLS, as browsers ignore it elsewhere (RFC 6797 §7.2). */
export const HSTS = 'max-age=31536000';

/** The page of the API reference brings its scripts as files of ours and its styles within. */
export const REFERENCE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');
