/** Cause of a failed connection or of a failed command. */
export interface Reason {
  readonly text: string;
  /** True if these are words of Redis, which therefore runs and refuses. */
  readonly isAnswer: boolean;
}

/** Error text of a connection whose cause is reported elsewhere, or nowhere. */
const CLOSED = 'Connection is closed.';
/** Redis repeats the arguments of an unknown command, which may be a password. */
const ARGUMENTS = /,? with args beginning with:[^]*/;
/** Position in a script at which Redis refused. */
const IN_SCRIPT = / script: [0-9a-f]{40}, on @user_script:\d+\.(?= |$)/;
/** Errors with which Redis refuses commands in general, whatever they are. */
const REFUSAL =
  /^(NOPERM|NOAUTH|WRONGPASS|READONLY|OOM|MISCONF|NOREPLICAS|BUSY|ERR (The user executing the script|ACL failure in script))\b/;
const SENTINELS = /^All sentinels are unreachable\b.*?(?:Last error: |$)/;

/** Cause behind an error of ioredis, without secrets. */
export function reasonOf(error: unknown): Reason {
  if (!(error instanceof Error)) return { text: String(error), isAnswer: false };
  // All primaries of a Cluster failed; the last one says why.
  if ('lastNodeError' in error && error.lastNodeError instanceof Error) return reasonOf(error.lastNodeError);
  // A name with several addresses, none of which answers.
  if (error instanceof AggregateError && error.message === '') return reasonOf(error.errors[0]);
  const bySentinels = SENTINELS.test(error.message);
  const text = error.message.replace(SENTINELS, '').replace(ARGUMENTS, '').replace(IN_SCRIPT, '');
  const isAnswer = isReply(error) || /\b(NOAUTH|WRONGPASS|NOPERM) /.test(text);
  return { text: bySentinels ? `Sentinels: ${text || 'no answer'}` : text, isAnswer };
}

/** True if the error only says that the connection is closed. */
export const isMute = (error: unknown): boolean => reasonOf(error).text.endsWith(CLOSED);

/** True if the error is an answer of Redis. */
export const isReply = (error: unknown): error is Error => error instanceof Error && error.name === 'ReplyError';

/**
 * True if Redis refuses commands like this one for now: for lack of rights, memory, disk or
 * replicas, or because it is busy.
 */
export const isRefusal = (error: Error): boolean => REFUSAL.test(error.message);
