import type { StateChange } from '@postrider/client';

const WORDS: Readonly<Record<string, string>> = {
  by_application: 'disconnected',
  unreachable: 'the server is out of reach',
  taken_over: 'the session goes on in another tab',
  session_ended: 'an operator has ended the session',
  unauthorized: 'the token is missing, wrong or has expired',
  forbidden: 'this page may not connect here',
  user_changed: 'the token is of another user',
};

/** Why a connection is as it is, for a reader; empty where it is open. */
export function reasonOf({ state, reason = '', retryInMs }: StateChange): string {
  if (state === 'open') return '';
  const words = WORDS[reason] ?? reason.replaceAll('_', ' ');
  const again = retryInMs === undefined ? '' : `next try in ${(retryInMs / 1_000).toFixed(1)} s`;
  return [words, again].filter((part) => part !== '').join(', ');
}
