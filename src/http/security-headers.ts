import { contentPolicy } from './content-policy.js';

/**
 * Headers of every answer that does not set its own: nothing here may be rendered, framed or
 * sniffed. They are few, because every `202` carries them; headers for pages are set there.
 */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
};

/** Sent only over TLS, since browsers ignore it elsewhere (RFC 6797 §7.2). */
export const HSTS = 'max-age=31536000';

/** Content policy of the API reference, which has scripts in files of ours and inline styles. */
export const REFERENCE_POLICY = contentPolicy({
  'style-src': "'self' 'unsafe-inline'",
  'img-src': "'self' data:",
  'font-src': "'self'",
});
