import { PostriderError } from '../contract/postrider-error.js';

/** Headers of a request. */
export type RequestHeaders = Readonly<Record<string, unknown>>;

const VISIBLE = /^[\x21-\x7e]{1,128}$/;

/** A header that is 1 to 128 visible ASCII characters, or undefined. @throws PostriderError naming it. */
export function visibleHeader(name: string, header: unknown): string | undefined {
  if (header === undefined) return undefined;
  if (typeof header === 'string' && VISIBLE.test(header)) return header;
  throw new PostriderError('invalid_request', `${name} must be 1 to 128 visible ASCII characters.`, { field: name });
}
