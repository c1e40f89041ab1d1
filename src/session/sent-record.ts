/**
 * What may have been sent to a session of a topic before, kept in its record while it is suspended, so that `attempt` 1
 * means "certainly never sent". Text: `?` unknown (its node died), else `<epoch> <sent> <offset>=<attempt>,…` with the
 * unacknowledged ones that were sent more than once.
 */
export interface SentRecord {
  readonly epoch: string;
  readonly sent: number;
  readonly attempts: ReadonlyMap<number, number>;
}

/** Nothing is known of what was sent. */
export const UNKNOWN_RECORD = '?';

export function encodeSentRecord({ epoch, sent, attempts }: SentRecord): string {
  return `${epoch} ${sent} ${[...attempts].map(([offset, attempt]) => `${offset}=${attempt}`).join(',')}`;
}

/** @returns undefined where nothing is known: everything up to the head may have been sent. */
export function decodeSentRecord(text: string): SentRecord | undefined {
  const [epoch = '', sent, list = ''] = text.split(' ');
  if (sent === undefined) return undefined;
  const pairs = list.split(',').flatMap((pair): [number, number][] => {
    const [offset, attempt] = pair.split('=').map(Number);
    return offset && attempt ? [[offset, attempt]] : [];
  });
  return { epoch, sent: Number(sent), attempts: new Map(pairs) };
}
