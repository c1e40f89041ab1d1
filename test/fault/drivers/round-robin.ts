import { setTimeout as delay } from 'node:timers/promises';
import { type Answer, RestClient } from '../../support/rest-client.js';
import type { Accepted, NotificationBody } from '../../support/rest-types.js';

/** Time for which a failed node is asked last. */
const BLAME_MS = 1_000;
const BETWEEN_ROUNDS_MS = 50;

/** Fault of one attempt: an HTTP status, or the error code of a broken connection. */
export type Fault = string;

/**
 * Small load balancer of a publisher, which uses the nodes in turn and tries the next one if a node
 * is unreachable or answers 503.
 */
export class RoundRobin {
  /** Number of failed attempts, by fault. */
  readonly faults: Record<Fault, number> = {};
  /** Number of publications whose caller would have seen an error without retries. */
  failed = 0;
  private readonly nodes: { rest: RestClient; blamedUntil: number }[];
  private turn = 0;

  constructor(
    urls: readonly string[],
    apiKey: string,
    private readonly answerMs: number,
    private readonly onFault: (node: string, what: Fault, key: string) => void,
  ) {
    this.nodes = urls.map((url) => ({ rest: new RestClient(url, apiKey), blamedUntil: 0 }));
  }

  /** Publishes until there is a definite answer; undefined if there is none in time. */
  async publish(body: NotificationBody, key: string, timeoutMs: number): Promise<Answer<Accepted> | undefined> {
    const deadline = performance.now() + timeoutMs;
    let failed = false;
    while (performance.now() < deadline) {
      for (const node of this.inTurn()) {
        const answer = await this.ask(node.rest, body, key);
        if (typeof answer !== 'string') {
          if (failed) this.failed += 1;
          return answer;
        }
        node.blamedUntil = performance.now() + BLAME_MS;
        this.onFault(node.rest.url, answer, key);
        this.faults[answer] = (this.faults[answer] ?? 0) + 1;
        failed ||= !NOT_TAKEN.has(answer);
      }
      failed = true;
      await delay(BETWEEN_ROUNDS_MS);
    }
    this.failed += 1;
    return undefined;
  }

  private inTurn(): { rest: RestClient; blamedUntil: number }[] {
    const first = this.turn++ % this.nodes.length;
    const nodes = [...this.nodes.slice(first), ...this.nodes.slice(0, first)];
    const now = performance.now();
    return [
      ...nodes.filter(({ blamedUntil }) => blamedUntil <= now),
      ...nodes.filter((node) => node.blamedUntil > now),
    ];
  }

  private async ask(
    rest: RestClient,
    body: NotificationBody,
    idempotencyKey: string,
  ): Promise<Answer<Accepted> | Fault> {
    try {
      const { answerMs: timeoutMs } = this;
      const answer = await rest.post<Accepted>('/v1/notifications', body, { idempotencyKey, timeoutMs });
      return answer.status >= 500 || answer.status === 429 ? String(answer.status) : answer;
    } catch (error) {
      return codeOf(error);
    }
  }
}

/**
 * Faults after which a publication was certainly not accepted, so that the caller notices nothing.
 */
const NOT_TAKEN: ReadonlySet<Fault> = new Set(['ECONNREFUSED', '503', '429']);

function codeOf(error: unknown): Fault {
  const { name, cause } = error as { name?: string; cause?: { code?: string } };
  return cause?.code ?? name ?? 'unknown';
}
