import { bounded } from './bounded.js';
import { PostriderError } from './errors.js';
import type { NodeResponse } from './refusal.js';

/**
 * Finds out why the server refused a handshake. Its code is loaded on demand.
 * @param response the server's answer, if the platform provides it; otherwise the server is asked.
 * @returns undefined if the server gives no reason.
 */
export async function explain(
  url: string,
  timeoutMs: number,
  response?: NodeResponse,
): Promise<PostriderError | undefined> {
  const read = async (): Promise<PostriderError> => {
    const { askWhy, readAnswer } = await import('./refusal.js');
    const { code, message, retryAfterMs } = await (response ? readAnswer(url, response) : askWhy(url));
    return new PostriderError(code, message, true, undefined, retryAfterMs);
  };
  try {
    return await bounded(read(), timeoutMs, () => new Error());
  } catch {
    return undefined;
  }
}
