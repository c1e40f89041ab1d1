import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { PostriderError, PostriderServer } from '../src/index.js';

/** Fates of one request: some before the server carries it out, some after. */
const FATES = ['request lost', 'answer lost', 'busy', 'unconfirmed', 'limited', 'proxy', 'answered'] as const;
type Fate = (typeof FATES)[number];
const CARRIED_OUT = new Set<Fate>(['answer lost', 'unconfirmed', 'proxy', 'answered']);
const STATUS: Readonly<Partial<Record<Fate, number>>> = { busy: 503, unconfirmed: 503, limited: 429, proxy: 502 };

/**
 * Server that only keeps the promise about idempotency keys, behind a network that a test controls.
 */
class Network {
  readonly stored = new Map<string, string>();
  private readonly ids = new Map<string, string>();

  constructor(private readonly fates: Fate[]) {}

  readonly fetch = async (_: unknown, { headers, body }: RequestInit = {}): Promise<Response> => {
    const fate = this.fates.shift() ?? 'answered';
    const id = CARRIED_OUT.has(fate) ? this.store(new Headers(headers).get('idempotency-key') ?? '', String(body)) : '';
    if (fate.endsWith('lost')) throw new TypeError('fetch failed');
    const status = STATUS[fate];
    const problem = { code: fate, title: fate, detail: fate, retryable: true, status };
    if (status === undefined) return Response.json({ id, state: 'accepted', targets: [] }, { status: 202 });
    return Response.json(problem, { status, headers: { 'retry-after': '0' } });
  };

  private store(key: string, body: string): string {
    const id = this.ids.get(key) ?? `n${this.ids.size}`;
    this.ids.set(key, id);
    this.stored.set(id, body);
    return id;
  }
}

describe('whatever happens to requests and answers', () => {
  it('a call that resolves has made one notification, one that rejects at most one', async () => {
    const calls = fc.array(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 4 });
    const fates = fc.array(fc.constantFrom(...FATES), { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(calls, fates, async (texts, fates) => {
        const network = new Network(fates);
        const backoff = { baseMs: 0 };
        const server = new PostriderServer({ url: 'http://x', apiKey: 'k', retries: 3, backoff, fetch: network.fetch });
        const given: string[] = [];
        let rejected = 0;
        for (const [index, text] of texts.entries()) {
          const note = { to: { user: 'ada' }, type: text, data: index };
          const outcome = await server.notify(note).catch((error: unknown) => error);
          if (outcome instanceof PostriderError) rejected += 1;
          else given.push((outcome as { id: string }).id);
          const made = [...network.stored.values()].filter((body) => JSON.parse(body).data === index).length;
          expect(made).toBeLessThanOrEqual(1);
          if (!(outcome instanceof PostriderError)) expect(made).toBe(1);
        }
        expect(new Set(given).size).toBe(given.length);
        expect(given.length + rejected).toBe(texts.length);
      }),
      { numRuns: 300 },
    );
  });
});
