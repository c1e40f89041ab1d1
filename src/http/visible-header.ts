import { PostriderError } from '../contract/postrider-error.js';

/** Headers of a request. */
export type RequestHeaders = Readonly<Record<string, unknown>>;

const VISIBLE = /^[\x21-\x7e]{1,128}$/;

/**
 * Returns a header of 1 to 128 visible ASCII characters, or undefined if it is missing.
 * @throws PostriderError naming the header.
 */
export function visibleHeader(name: string, header: unknown): string | undefined {
  if (header === undefined) return undefined;
  if (typeof header === 'string' && VISIBLE.test(header)) return header;
  throw new PostriderError('invalid_request', `${name} must be 1 to 128 visible ASCII characters.`, { field: name });
}
