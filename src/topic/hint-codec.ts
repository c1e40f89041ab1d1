/**
 * Hints between nodes on a partition's channel: lines of space-separated words. Names, sessions and
 * epochs have no space, and bodies have no line break.
 *
 * - `+ name epoch offset count`, followed by `count` entries: appended
 * - `r name epoch o:most,…`: send again to sessions that have had fewer attempts
 * - `x name epoch o:reason,…`: ended
 * - `k session generation why`: a session was taken over or ended
 * - `v`: the list of revocations has changed
 */
export type Hint =
  | { kind: 'appended'; name: string; epoch: string; offset: number; entries: string[] }
  | { kind: 'again'; name: string; epoch: string; offsets: readonly Again[] }
  | { kind: 'ended'; name: string; epoch: string; offsets: readonly { offset: number; reason: EndReason }[] }
  | { kind: 'session'; session: string; generation: number; why: SessionHintReason }
  | { kind: 'revoked' };

/** Delivery to send again to sessions with fewer than `most` attempts. */
export interface Again {
  readonly offset: number;
  readonly most: number;
}

export type EndReason = 'expired' | 'cancelled' | 'dead';
export type SessionHintReason = 'taken' | 'ended';

export function encodeHint(hint: Hint): string {
  switch (hint.kind) {
    case 'appended':
      return `+ ${hint.name} ${hint.epoch} ${hint.offset} ${hint.entries.length}${hint.entries.map((entry) => `\n${entry}`).join('')}`;
    case 'again':
      return `r ${hint.name} ${hint.epoch} ${hint.offsets.map((o) => `${o.offset}:${o.most}`).join(',')}`;
    case 'ended':
      return `x ${hint.name} ${hint.epoch} ${hint.offsets.map((o) => `${o.offset}:${o.reason}`).join(',')}`;
    case 'session':
      return `k ${hint.session} ${hint.generation} ${hint.why}`;
    case 'revoked':
      return 'v';
  }
}

/**
 * Parses a message of one or more hints, separated by line breaks; unknown lines of newer nodes are
 * skipped.
 */
export function decodeHints(message: string): Hint[] {
  const lines = message.split('\n');
  const hints: Hint[] = [];
  for (let i = 0; i < lines.length; i++) {
    const [kind, name = '', epoch = '', third = '', fourth = ''] = (lines[i] ?? '').split(' ');
    if (kind === '+') {
      const count = Number(fourth);
      hints.push({ kind: 'appended', name, epoch, offset: Number(third), entries: lines.slice(i + 1, i + 1 + count) });
      i += count;
    } else if (kind === 'r') {
      hints.push({ kind: 'again', name, epoch, offsets: third.split(',').map(againOf) });
    } else if (kind === 'x') {
      hints.push({ kind: 'ended', name, epoch, offsets: third.split(',').map(endOf) });
    } else if (kind === 'v') {
      hints.push({ kind: 'revoked' });
    } else if (kind === 'k') {
      hints.push({
        kind: 'session',
        session: name,
        generation: Number(epoch),
        why: third === 'ended' ? 'ended' : 'taken',
      });
    }
  }
  return hints;
}

function againOf(text: string): Again {
  const [offset, most] = text.split(':');
  return { offset: Number(offset), most: Number(most) };
}

function endOf(text: string): { offset: number; reason: EndReason } {
  const [offset, reason] = text.split(':');
  return { offset: Number(offset), reason: reason === 'expired' || reason === 'cancelled' ? reason : 'dead' };
}
