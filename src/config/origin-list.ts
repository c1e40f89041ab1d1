import { z } from 'zod';

/** Maximum length of an origin; a host name has at most 253 characters. */
const MAX_LENGTH = 300;
const WEB = /^https?:$/;
/** Origin with a custom scheme: `capacitor://localhost`, `app://.`, `chrome-extension://<id>`. */
const APP = /^([a-z][a-z0-9+.-]*:)\/\/([a-z0-9._~-]*(?::\d{1,5})?)\/?$/;
/** Schemes that no page ever has. */
const NEVER = new Set(['ws:', 'wss:', 'ftp:', 'data:', 'blob:', 'javascript:', 'about:', 'redis:', 'rediss:']);
const LABEL = /^[a-z0-9_-]+$/;
const LOOPBACK = /^https?:\/\/(localhost|[a-z0-9_.-]+\.localhost|127(\.\d+){3}|\[::1\])(:\d+)?$/;

/**
 * Canonical form of an origin for comparison (RFC 6454 §6.2): lower case, ASCII host name, no
 * default port, no trailing dot. The host of a web origin may begin with `*.`.
 * @returns undefined if no browser would send it.
 */
export function canonicalOrigin(text: string): string | undefined {
  if (text.length > MAX_LENGTH) return undefined;
  const lower = text.toLowerCase();
  if (lower === 'null') return lower;
  if (lower === 'file://' || lower === 'file:///') return 'file://';
  const [, scheme = '', place = ''] = APP.exec(lower) ?? [];
  if (WEB.test(lower.slice(0, lower.indexOf('//')))) return webOrigin(lower);
  return scheme === '' || scheme === 'file:' || NEVER.has(scheme) ? undefined : `${scheme}//${place}`;
}

/** True if the origin is listed, or covered by a `*` in place of its first label. */
export function isListed(origins: ReadonlySet<string>, origin: string): boolean {
  if (origin.includes('*')) return false;
  if (origins.has(origin)) return true;
  const [, scheme, label = '', rest] = /^(https?:\/\/)([^.]+)(\..+)$/.exec(origin) ?? [];
  return LABEL.test(label) && origins.has(`${scheme}*${rest}`);
}

/** True if the page comes from the machine on which its browser runs. */
export const isLoopback = (origin: string): boolean => LOOPBACK.test(origin);

/** Parses `WS_ORIGINS`: a list of origins; may be empty. */
export const origins = z.string().transform((list, context): ReadonlySet<string> => {
  const listed = new Set<string>();
  for (const [index, entry] of list.split(',').entries()) {
    if (entry.trim() === '') continue;
    const origin = canonicalOrigin(entry.trim());
    if (origin !== undefined) listed.add(origin);
    else {
      context.addIssue(
        `entry ${index + 1} can match no page: an origin is scheme://host[:port] without a path or user, such as https://app.example.com, ` +
          'https://*.example.com (one label), capacitor://localhost, file:// or null',
      );
    }
  }
  return listed;
});

function webOrigin(text: string): string | undefined {
  if (/[\\@?#\s]/.test(text) || !URL.canParse(text)) return undefined;
  const { protocol, hostname, port, pathname } = new URL(text);
  const name = hostname.replace(/\.$/, '');
  const rest = name.startsWith('*.') ? name.slice(2) : name;
  if (pathname !== '/' || rest === '' || rest.includes('*')) return undefined;
  return `${protocol}//${name}${port === '' ? '' : `:${port}`}`;
}
