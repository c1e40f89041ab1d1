import { describe, expect, it } from '@jest/globals';
import { checkBooks, checkLedger, countRecovered, countRedelivered } from './ledger-checker.js';
import { Ledger, type Delivery, type Publication } from './ledger.js';
import type { Books } from './rest-types.js';

const TOPIC = { topic: 'user:ada', epoch: 'e1' };
const E2 = { ...TOPIC, epoch: 'e2' };
const BOOKS: Books = {
  accepted: 3,
  acked: 3,
  expired: 0,
  cancelled: 0,
  dead: 0,
  unguarded: 0,
  pending: 0,
  counted: 0,
  difference: 0,
};
const CLEAN = { lost: [], phantom: [], duplicates: [], disorder: [], untold: [] };

/**
 * Creates a run in which n1, n2 and n3 were published and reached the only session of the only
 * client.
 */
function goodRun(): Ledger {
  const ledger = new Ledger();
  ledger.subscriptions.push({ session: 's1', ...TOPIC, cursor: 0 });
  for (const offset of [1, 2, 3]) {
    ledger.publications.push(accepted(offset));
    ledger.deliveries.push(delivery(offset));
  }
  return ledger;
}

function accepted(offset: number, changes: Partial<Publication> = {}): Publication {
  return {
    mark: `m${offset}`,
    outcome: 'accepted',
    id: `n${offset}`,
    targets: [{ ...TOPIC, offset }],
    ...changes,
  };
}

function delivery(offset: number, changes: Partial<Delivery> = {}): Delivery {
  const place = { client: 'c1', session: 's1', ...TOPIC };
  return { ...place, offset, id: `n${offset}`, mark: `m${offset}`, attempt: 1, outcome: 'handled', ...changes };
}

function without(ledger: Ledger, offset: number): Ledger {
  const index = ledger.deliveries.findIndex((entry) => entry.offset === offset);
  ledger.deliveries.splice(index, 1);
  return ledger;
}

describe('checkLedger', () => {
  it('finds nothing in a good run', () => {
    expect(checkLedger(goodRun())).toEqual(CLEAN);
  });

  it('finds a loss in the middle, and that its gap was not told', () => {
    expect(checkLedger(without(goodRun(), 2))).toEqual({
      ...CLEAN,
      lost: ['n2 (m2) at 2 in user:ada@e1 of s1'],
      untold: ['2 in user:ada@e1 of s1'],
    });
  });

  it('finds a loss at the end, where no gap shows it', () => {
    expect(checkLedger(without(goodRun(), 3)).lost).toHaveLength(1);
  });

  it('finds notifications that the application never handled', () => {
    const ledger = without(goodRun(), 3);
    ledger.deliveries.push(delivery(3, { outcome: 'failed' }));
    expect(checkLedger(ledger).lost).toHaveLength(1);
  });

  it('expects nothing below the cursor, for sessions that left, or of refused publications', () => {
    const ledger = goodRun();
    ledger.subscriptions.push({ session: 's2', ...TOPIC, cursor: 3 }, { session: 's3', ...TOPIC, cursor: 0 });
    ledger.left.add('s3');
    ledger.publications.push({ mark: 'm4', outcome: 'refused' });
    expect(checkLedger(ledger)).toEqual(CLEAN);
  });

  it('treats a later subscription of the same session as the same place', () => {
    const ledger = without(goodRun(), 2);
    ledger.subscriptions.push({ session: 's1', ...TOPIC, cursor: 3 });
    expect(checkLedger(ledger).lost).toHaveLength(1);
  });

  it('does not accept a gap for a notification that never ended', () => {
    const ledger = without(goodRun(), 2);
    ledger.holes.push({ session: 's1', ...TOPIC, from: 2, to: 2, reason: 'expired' });
    expect(checkLedger(ledger)).toEqual({ ...CLEAN, lost: ['n2 (m2) at 2 in user:ada@e1 of s1'] });
    ledger.ended.add('n2');
    expect(checkLedger(ledger)).toEqual(CLEAN);
  });

  it('expects a gap for a notification that ended otherwise', () => {
    const ledger = without(goodRun(), 2);
    ledger.ended.add('n2');
    expect(checkLedger(ledger)).toEqual({ ...CLEAN, untold: ['2 in user:ada@e1 of s1'] });
  });

  it('finds notifications that nobody published, and refused ones that still came', () => {
    const ledger = goodRun();
    ledger.publications.push({ mark: 'm5', outcome: 'refused' });
    ledger.deliveries.push(delivery(4), delivery(5));
    expect(checkLedger(ledger).phantom).toEqual(['n4 (m4) at c1', 'n5 (m5) at c1']);
  });

  it('lets a publication of unknown outcome arrive or not', () => {
    const ledger = goodRun();
    ledger.publications.push({ mark: 'm4', outcome: 'unknown' }, { mark: 'm5', outcome: 'unknown' });
    ledger.deliveries.push(delivery(4));
    expect(checkLedger(ledger)).toEqual(CLEAN);
  });

  it('finds notifications that the application handled twice, even in two sessions of one client', () => {
    const ledger = goodRun();
    ledger.subscriptions.push({ session: 's2', ...TOPIC, cursor: 1 });
    ledger.deliveries.push(delivery(2, { session: 's2' }), delivery(3, { session: 's2' }));
    expect(checkLedger(ledger).duplicates).toEqual(['n2 at c1: 2 times', 'n3 at c1: 2 times']);
  });

  it('counts redeliveries, which are no fault', () => {
    const ledger = goodRun();
    ledger.deliveries.push(delivery(1, { attempt: 2, outcome: 'duplicate' }));
    expect(checkLedger(ledger)).toEqual(CLEAN);
    expect(countRedelivered(ledger)).toBe(1);
  });

  it('finds a first delivery out of order', () => {
    const ledger = goodRun();
    ledger.deliveries.reverse();
    expect(checkLedger(ledger).disorder).toEqual(['2 after 3 in user:ada@e1 of s1', '1 after 3 in user:ada@e1 of s1']);
  });

  it('finds a first delivery that came twice', () => {
    const ledger = goodRun();
    ledger.deliveries.push(delivery(3, { outcome: 'duplicate' }));
    expect(checkLedger(ledger).disorder).toEqual(['3 after 3 in user:ada@e1 of s1']);
  });

  it('keeps epochs separate', () => {
    const ledger = goodRun();
    ledger.publications.push({
      mark: 'x1',
      outcome: 'accepted',
      id: 'x1',
      targets: [{ ...TOPIC, epoch: 'e2', offset: 1 }],
    });
    ledger.subscriptions.push({ session: 's1', ...TOPIC, epoch: 'e2', cursor: 0 });
    expect(checkLedger(ledger).lost).toEqual(['x1 (x1) at 1 in user:ada@e2 of s1']);
    ledger.deliveries.push(delivery(1, { epoch: 'e2', id: 'x1', mark: 'x1' }));
    expect(checkLedger(ledger)).toEqual(CLEAN);
  });

  it('counts an arrival under the next epoch of the topic', () => {
    const ledger = without(goodRun(), 3);
    ledger.subscriptions.push({ session: 's1', ...TOPIC, epoch: 'e2', cursor: 2 });
    ledger.deliveries.push(delivery(3, { epoch: 'e2' }));
    expect(checkLedger(ledger)).toEqual(CLEAN);
  });

  it('expects entries after an epoch that began unannounced', () => {
    const ledger = goodRun();
    ledger.deliveries.push(delivery(4, { epoch: 'e2' }));
    for (const offset of [4, 5]) ledger.publications.push(accepted(offset, { targets: [{ ...E2, offset }] }));
    expect(checkLedger(ledger).lost).toEqual(['n5 (m5) at 5 in user:ada@e2 of s1']);
  });

  it('finds two ids of one idempotency key, returned to publishers or seen by clients', () => {
    const ledger = goodRun();
    ledger.publications.push(accepted(2));
    expect(checkLedger(ledger)).toEqual(CLEAN);
    ledger.publications.push(accepted(4, { mark: 'm3' }));
    ledger.deliveries.push(delivery(4, { mark: 'm3' }), delivery(5, { mark: 'm1' }));
    expect(checkLedger(ledger).duplicates).toEqual(['m1 is n1 and n5', 'm3 is n3 and n4']);
  });

  it('finds a notification that overtook another one answered before it was sent', () => {
    const ledger = goodRun();
    const [first, second, third] = ledger.publications;
    Object.assign(first ?? {}, { startedAtMs: 30, endedAtMs: 35 });
    Object.assign(second ?? {}, { startedAtMs: 10, endedAtMs: 20 });
    Object.assign(third ?? {}, { startedAtMs: 15, endedAtMs: 40 });
    expect(checkLedger(ledger).disorder).toEqual(['m1 at 1 before m2 in user:ada@e1']);
  });

  it('expects no order among notifications sent at the same time', () => {
    const ledger = goodRun();
    for (const [index, publication] of ledger.publications.entries()) {
      Object.assign(publication, { startedAtMs: 10 - index, endedAtMs: 20 });
    }
    expect(checkLedger(ledger)).toEqual(CLEAN);
  });

  it('counts unanswered publications that still came', () => {
    const ledger = goodRun();
    ledger.publications.push({ mark: 'm4', outcome: 'unknown' }, { mark: 'm5', outcome: 'unknown' });
    ledger.deliveries.push(delivery(4));
    expect(countRecovered(ledger)).toBe(1);
  });
});

describe('checkBooks', () => {
  it('finds nothing in books that balance', () => {
    expect(checkBooks(goodRun(), BOOKS)).toEqual([]);
  });

  it('finds a delivery that never ended', () => {
    expect(checkBooks(goodRun(), { ...BOOKS, acked: 2 })).toEqual(['accepted 3, ended or pending 2']);
  });

  it('finds a count that the logs do not confirm', () => {
    const books = { ...BOOKS, acked: 1, pending: 2, counted: 1, difference: 1 };
    expect(checkBooks(goodRun(), books)).toEqual(['pending 2, counted 1']);
  });

  it('finds an accepted notification that the books do not know', () => {
    const books = { ...BOOKS, accepted: 2, acked: 2 };
    expect(checkBooks(goodRun(), books)).toEqual(['accepted 2, publishers were told of 3']);
  });

  it('finds a notification in the books that no publisher knows, unless some had no answer', () => {
    const ledger = goodRun();
    const books = { ...BOOKS, accepted: 4, acked: 4 };
    expect(checkBooks(ledger, books)).toEqual(['accepted 4, publishers were told of no more than 3']);
    ledger.publications.push({ mark: 'm4', outcome: 'unknown' });
    expect(checkBooks(ledger, books)).toEqual([]);
  });

  it('counts a key once even if it was answered twice', () => {
    const ledger = goodRun();
    ledger.publications.push(accepted(2));
    expect(checkBooks(ledger, BOOKS)).toEqual([]);
  });
});
