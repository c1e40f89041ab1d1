import { z } from 'zod';

/** A host name has at most 253 characters. */
const MAX_LENGTH = 300;
const WEB = /^https?:$/;
/** What an origin with a scheme of its own may be: `capacitor://localhost`, `app://.`, `chrome-extension://<id>`. */
const APP = /^([a-z][a-z0-9+.-]*:)\/\/([a-z0-9._~-]*(?::\d{1,5})?)\/?$/;
/** Pages never have these schemes: a socket is opened by the page that `http:` or `https:` has loaded. */
const NEVER = new Set(['ws:', 'wss:', 'ftp:', 'data:', 'blob:', 'javascript:', 'about:', 'redis:', 'rediss:']);
const LABEL = /^[a-z0-9_-]+$/;
const LOOPBACK = /^https?:\/\/(localhost|[a-z0-9_.-]+\.localhost|127(\.\d+){3}|\[::1\])(:\d+)?$/;

/**
 * An origin as it is compared: in lower case, by ASCII names, without a default port and without the dot at the end of a name
 * (RFC 6454 §6.2). The host of a web origin may begin with `*.`.
 * @returns undefined for what no browser would send.
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

/** Whether the origin is listed, or covered by a `*` that stands for its first label. */
export function isListed(origins: ReadonlySet<string>, origin: string): boolean {
  if (origin.includes('*')) return false;
  if (origins.has(origin)) return true;
  const [, scheme, label = '', rest] = /^(https?:\/\/)([^.]+)(\..+)$/.exec(origin) ?? [];
  return LABEL.test(label) && origins.has(`${scheme}*${rest}`);
}

/** Whether the origin is a page of the machine that its browser runs on. */
export const isLoopback = (origin: string): boolean => LOOPBACK.test(origin);

/** `WS_ORIGINS`: a list of origins; may be empty. */
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
