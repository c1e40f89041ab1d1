/** Why a connection to Redis failed, or what Redis answered to a command. */
export interface Reason {
  readonly text: string;
  /** Whether these are words of Redis, so that it runs and refuses. */
  readonly isAnswer: boolean;
}

/** What a connection says whose cause was told elsewhere, or nowhere. */
const CLOSED = 'Connection is closed.';
/** Redis repeats the arguments of a command that it does not know, which may be a password. */
const ARGUMENTS = /,? with args beginning with:[^]*/;
/** Where in a script Redis refused. */
const IN_SCRIPT = / script: [0-9a-f]{40}, on @user_script:\d+\.(?= |$)/;
/** With these words Redis refuses what is asked of it, whoever asks and whatever it is. */
const REFUSAL =
  /^(NOPERM|NOAUTH|WRONGPASS|READONLY|OOM|MISCONF|NOREPLICAS|BUSY|ERR (The user executing the script|ACL failure in script))\b/;
const SENTINELS = /^All sentinels are unreachable\b.*?(?:Last error: |$)/;

/** The cause behind what ioredis throws, without a secret. */
export function reasonOf(error: unknown): Reason {
  if (!(error instanceof Error)) return { text: String(error), isAnswer: false };
  // All masters of a Cluster were asked in vain: the last one says why.
  if ('lastNodeError' in error && error.lastNodeError instanceof Error) return reasonOf(error.lastNodeError);
  // Of a name with several addresses none answers.
  if (error instanceof AggregateError && error.message === '') return reasonOf(error.errors[0]);
  const bySentinels = SENTINELS.test(error.message);
  const text = error.message.replace(SENTINELS, '').replace(ARGUMENTS, '').replace(IN_SCRIPT, '');
  const isAnswer = isReply(error) || /\b(NOAUTH|WRONGPASS|NOPERM) /.test(text);
  return { text: bySentinels ? `Sentinels: ${text || 'no answer'}` : text, isAnswer };
}

/** Whether an error says no more than that there is none to tell. */
export const isMute = (error: unknown): boolean => reasonOf(error).text.endsWith(CLOSED);

/** Whether Redis itself has answered with this error. */
export const isReply = (error: unknown): error is Error => error instanceof Error && error.name === 'ReplyError';

/** Whether Redis refuses such things as this now: for want of rights, memory, disk or replicas, or as it is busy. */
export const isRefusal = (error: Error): boolean => REFUSAL.test(error.message);
