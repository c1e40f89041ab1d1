import type { Ledger } from './ledger.js';
import type { Answer, RestClient } from './rest-client.js';
import type { Accepted, NotificationBody } from './rest-types.js';
import { until } from './wait.js';

/** Time after which a node counts as dead. */
const ANSWER_MS = 5_000;

/**
 * Publisher that treats a broken connection and a 503 as unknown, and retries with the same key.
 */
export class Publisher {
  /** Reasons of its retries. */
  readonly retries: string[] = [];

  constructor(
    private readonly nodes: readonly RestClient[],
    private readonly ledger: Ledger,
  ) {}

  /**
   * Publishes until there is a definite answer. `mark` is put into the data and is the idempotency
   * key.
   */
  async publish(body: NotificationBody, mark: string, timeoutMs = 60_000): Promise<Accepted | undefined> {
    const marked = { ...body, data: { ...(body.data as object | undefined), mark } };
    let tries = 0;
    const attempt = async (): Promise<Answer<Accepted> | undefined> => {
      const node = this.nodes[tries % this.nodes.length];
      tries += 1;
      try {
        const answer = await node?.post<Accepted>('/v1/notifications', marked, {
          idempotencyKey: mark,
          timeoutMs: ANSWER_MS,
        });
        if (answer?.status !== 503) return answer;
        this.retries.push(`503 ${JSON.stringify(answer.body)}`);
        return undefined;
      } catch (error) {
        this.retries.push(reasonOf(error));
        throw error;
      }
    };
    try {
      return this.note(await until(attempt, { timeoutMs, everyMs: 50, what: `answer for ${mark}` }), mark);
    } catch (error) {
      this.ledger.publications.push({ mark, outcome: 'unknown' });
      throw error;
    }
  }

  private note({ status, body }: Answer<Accepted>, mark: string): Accepted | undefined {
    if (status !== 202) {
      this.ledger.publications.push({ mark, outcome: 'refused' });
      return undefined;
    }
    const targets = body.targets.filter(({ error }) => error === undefined);
    this.ledger.publications.push({ mark, outcome: 'accepted', id: body.id, targets });
    return body;
  }
}

/** Returns the error and its causes in one line, because `fetch` itself gives no reason. */
function reasonOf(error: unknown): string {
  const cause = (error as Partial<Error> | undefined)?.cause;
  return cause === undefined ? String(error) : `${String(error)}: ${reasonOf(cause)}`;
}
