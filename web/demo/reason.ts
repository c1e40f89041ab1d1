import type { StateChange } from '@postrider/client';

const WORDS: Readonly<Record<string, string>> = {
  by_application: 'disconnected',
  unreachable: 'the server is unreachable',
  taken_over: 'the session moved to another tab',
  session_ended: 'an operator ended the session',
  unauthorized: 'the token is missing, wrong or has expired',
  forbidden: 'this page may not connect here',
  user_changed: 'the token belongs to another user',
};

/** Returns the reason of a connection's state, for the reader; empty if it is open. */
export function reasonOf({ state, reason = '', retryInMs }: StateChange): string {
  if (state === 'open') return '';
  const words = WORDS[reason] ?? reason.replaceAll('_', ' ');
  const again = retryInMs === undefined ? '' : `next try in ${(retryInMs / 1_000).toFixed(1)} s`;
  return [words, again].filter((part) => part !== '').join(', ');
}
