import { describe, expect, it } from '@jest/globals';
import { type Delivery, Ledger } from '../support/ledger.js';
import { latency, pushesOf } from './pushes.js';

function delivery(mark: string, client: string, outcome: Delivery['outcome'], atMs: number): Delivery {
  const place = { session: client, topic: 'user:ada', epoch: 'e1', offset: 1 };
  return { ...place, client, id: `n-${mark}`, mark, attempt: 1, outcome, atMs };
}

function story(...deliveries: Delivery[]): Ledger {
  const ledger = new Ledger();
  for (const [mark, startedAtMs] of Object.entries({ m1: 100, m2: 200 })) {
    ledger.publications.push({ mark, outcome: 'accepted', id: `n-${mark}`, startedAtMs, endedAtMs: startedAtMs + 5 });
  }
  ledger.deliveries.push(...deliveries);
  return ledger;
}

describe('pushesOf', () => {
  it('returns the way from the request to the application for each client, and its first repetition', () => {
    const ledger = story(
      delivery('m1', 'ada', 'handled', 110),
      delivery('m1', 'bob', 'handled', 130),
      delivery('m1', 'ada', 'duplicate', 500),
      delivery('m1', 'ada', 'duplicate', 900),
      delivery('m2', 'ada', 'handled', 250),
    );
    const m1 = { mark: 'm1', sentAtMs: 100, acceptedAtMs: 105 };
    expect(pushesOf(ledger)).toEqual([
      { ...m1, client: 'ada', handledAtMs: 110, againAtMs: 500 },
      { ...m1, client: 'bob', handledAtMs: 130 },
      { mark: 'm2', sentAtMs: 200, acceptedAtMs: 205, client: 'ada', handledAtMs: 250 },
    ]);
  });

  it('leaves out notifications that the application never had or nobody published', () => {
    const ledger = story(delivery('m1', 'ada', 'failed', 110), delivery('m3', 'ada', 'handled', 110));
    expect(pushesOf(ledger)).toEqual([]);
  });
});

describe('latency', () => {
  it('is measured from the request', () => {
    const pushes = pushesOf(story(delivery('m1', 'ada', 'handled', 110), delivery('m2', 'ada', 'handled', 1_700)));
    expect(latency(pushes)).toBe('p50 1.5 s, p99 1.5 s');
    expect(latency(pushes.slice(0, 1))).toBe('p50 10 ms, p99 10 ms');
    expect(latency([])).toBe('p50 0 ms, p99 0 ms');
  });
});
