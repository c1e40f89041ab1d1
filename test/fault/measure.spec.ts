import { describe, expect, it } from '@jest/globals';
import { Ledger, type Delivery } from '../support/ledger.js';
import { acceptedWithin, pushGapMs, waits } from './measure.js';
import { type Sample, slopePerHour } from './vitals.js';

const at = (atMs: number, id = `n${atMs}`, outcome: Delivery['outcome'] = 'handled'): Delivery => {
  const place = { client: 'ada#0', session: 's', topic: 'user:ada', epoch: 'e', offset: 1 };
  return { ...place, id, attempt: 1, outcome, atMs };
};

const story = (...deliveries: Delivery[]): Ledger => {
  const ledger = new Ledger();
  ledger.deliveries.push(...deliveries);
  return ledger;
};

describe('the longest time without a delivery', () => {
  it('lies between two deliveries, before the first or after the last', () => {
    expect(pushGapMs(story(at(100), at(400), at(500)), 50, 550)).toBe(300);
    expect(pushGapMs(story(at(400), at(500)), 0, 550)).toBe(400);
    expect(pushGapMs(story(at(100), at(200)), 50, 900)).toBe(700);
    expect(pushGapMs(story(), 50, 900)).toBe(850);
  });

  it('ignores everything outside its bounds and everything that the application did not get', () => {
    expect(pushGapMs(story(at(10), at(100), at(300, 'again', 'duplicate'), at(500), at(2_000)), 50, 550)).toBe(400);
  });
});

describe('the time that applications waited', () => {
  it('counts from the answer, only for notifications accepted within the bounds', () => {
    const ledger = story(at(150, 'a'), at(1_300, 'b'), at(90, 'early'));
    const accepted = (id: string, endedAtMs: number) =>
      ledger.publications.push({ mark: id, outcome: 'accepted', id, endedAtMs });
    accepted('a', 100);
    accepted('b', 1_000);
    expect(waits(ledger, 0, 500)).toMatchObject({ count: 1, maxMs: 50 });
    expect(waits(ledger)).toMatchObject({ count: 2, maxMs: 300 });
    accepted('early', 95);
    expect(waits(ledger, 0, 99)).toMatchObject({ count: 1, maxMs: 0 });
  });
});

describe('the notifications accepted during a fault', () => {
  it('were sent and answered during it, by the given publisher', () => {
    const ledger = new Ledger();
    const note = (mark: string, startedAtMs: number, endedAtMs: number, outcome: 'accepted' | 'refused' = 'accepted') =>
      ledger.publications.push({ mark, outcome, startedAtMs, endedAtMs });
    note('a/1', 90, 150);
    note('a/2', 110, 150);
    note('ab/1', 110, 150);
    note('a/3', 110, 150, 'refused');
    note('a/4', 110, 250);
    expect(acceptedWithin(ledger, 100, 200)).toBe(2);
    expect(acceptedWithin(ledger, 100, 200, 'a')).toBe(1);
  });
});

describe('the slope of the memory of a process', () => {
  const sample = (atMs: number, rssMib: number): Sample => ({ atMs, rssMib, heapMib: 0, handles: 0, descriptors: 0 });

  it('is the slope of the line through the samples', () => {
    const minutes = [0, 1, 2, 3, 4].map((minute) => sample(minute * 60_000, 100 + minute));
    expect(slopePerHour(minutes, ({ rssMib }) => rssMib)).toBeCloseTo(60);
    expect(slopePerHour(minutes, ({ handles }) => handles)).toBe(0);
    expect(slopePerHour(minutes.slice(0, 1), ({ rssMib }) => rssMib)).toBe(0);
  });
});
