/**
 * Record of what may have been sent to a session from a topic, kept while the session is suspended.
 * It lets `attempt` 1 mean "certainly never sent". Text: `?` if unknown (its node died), else
 * `<epoch> <sent> <offset>=<attempt>,…`, with the unacknowledged notifications that had more than
 * one attempt.
 */
export interface SentRecord {
  readonly epoch: string;
  readonly sent: number;
  readonly attempts: ReadonlyMap<number, number>;
}

/** Record that knows nothing. */
export const UNKNOWN_RECORD = '?';

export function encodeSentRecord({ epoch, sent, attempts }: SentRecord): string {
  return `${epoch} ${sent} ${[...attempts].map(([offset, attempt]) => `${offset}=${attempt}`).join(',')}`;
}

/** @returns undefined if nothing is known: everything up to the head may have been sent. */
export function decodeSentRecord(text: string): SentRecord | undefined {
  const [epoch = '', sent, list = ''] = text.split(' ');
  if (sent === undefined) return undefined;
  const pairs = list.split(',').flatMap((pair): [number, number][] => {
    const [offset, attempt] = pair.split('=').map(Number);
    return offset && attempt ? [[offset, attempt]] : [];
  });
  return { epoch, sent: Number(sent), attempts: new Map(pairs) };
}
