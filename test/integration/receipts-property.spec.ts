import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { partitionOf, partitionPrefix } from '../../src/contract/partition.js';
import { CoreRig } from '../support/core-rig.js';
import { ReceiptsModel } from '../support/receipts-model.js';

const MAX_OPEN = 6;
const MAX_ENTRIES = 7;
const RUNS = 250;
const SESSIONS = ['a', 'b', 'c'] as const;

type Step =
  | { do: 'append'; policy: 'any' | 'all' | 'none'; expired: boolean; collapseKey?: string }
  | { do: 'again'; nth: number }
  | { do: 'subscribe'; session: string; live: boolean }
  | { do: 'leave'; session: string }
  | { do: 'ack'; session: string; upTo?: number; offsets: readonly number[]; settled: number }
  | { do: 'catch up'; session: string; behind: number }
  | { do: 'refuse'; session: string; offset: number }
  | { do: 'cancel'; nth: number }
  | { do: 'wake' };

const session = fc.constantFrom(...SESSIONS);
const offset = fc.integer({ min: 1, max: 9 });
const settled = fc.oneof(fc.constant(0), fc.constant(Number.MAX_SAFE_INTEGER), fc.nat({ max: 12 }));
const nth = fc.nat({ max: 12 });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record(
      {
        do: fc.constant('append' as const),
        policy: fc.constantFrom('any' as const, 'all' as const, 'none' as const),
        expired: fc.boolean(),
        collapseKey: fc.constantFrom('k1', 'k2'),
      },
      { requiredKeys: ['do', 'policy', 'expired'] },
    ),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('again' as const), nth }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('subscribe' as const), session, live: fc.boolean() }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('ack' as const), session, upTo: offset, offsets: fc.constant([]), settled }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('ack' as const),
      session,
      offsets: fc.uniqueArray(offset, { maxLength: 4 }),
      settled,
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('refuse' as const), session, offset }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('leave' as const), session }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('cancel' as const), nth }) },
  { weight: 1, arbitrary: fc.constant({ do: 'wake' as const }) },
);

/** Steps that mostly keep the topic of one session quiet. */
const calm: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 40,
    arbitrary: fc.record({
      do: fc.constant('append' as const),
      policy: fc.constantFrom('any' as const, 'all' as const),
      expired: fc.constant(false),
    }),
  },
  {
    weight: 40,
    arbitrary: fc.record({
      do: fc.constant('catch up' as const),
      session: fc.constant('a'),
      behind: fc.constantFrom(0, 0, 1, 2),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('subscribe' as const),
      session: fc.constant('a'),
      live: fc.boolean(),
    }),
  },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('again' as const), nth }) },
  { weight: 2, arbitrary: fc.constant({ do: 'wake' as const }) },
  { weight: 10, arbitrary: step },
);

let rig: CoreRig;
let runs = 0;

beforeAll(async () => {
  rig = await CoreRig.start({ env: { TOPIC_MAX_OPEN: String(MAX_OPEN), TOPIC_MAX_ENTRIES: String(MAX_ENTRIES) } });
});
afterAll(() => rig?.close());

describe('receipts', () => {
  it.each([
    // Reading a receipt ends the quiet of a topic, so these two take different paths.
    { kind: 'personal', topic: 'user:ada', personal: true, maxEntries: MAX_OPEN, read: 'after each step', step },
    { kind: 'personal', topic: 'user:ada', personal: true, maxEntries: MAX_OPEN, read: 'at the end', step },
    { kind: 'quiet', topic: 'user:ada', personal: true, maxEntries: MAX_OPEN, read: 'at the end', step: calm },
    { kind: 'quiet', topic: 'user:ada', personal: true, maxEntries: MAX_OPEN, read: 'after each step', step: calm },
    { kind: 'named', topic: 'news', personal: false, maxEntries: MAX_ENTRIES, read: 'after each step', step },
  ])(
    'of a $kind topic, read $read, are those of the sets',
    async ({ topic, personal, maxEntries, read, step }) => {
      const property = fc.asyncProperty(
        fc.subarray([...SESSIONS]),
        fc.array(step, { maxLength: 24 }),
        async (first, steps) => {
          // A new app, so that there is nothing to clean up, and its books start empty.
          const name = `run${++runs}:${topic}`;
          const model = new ReceiptsModel({ personal, maxOpen: MAX_OPEN, maxEntries });
          // A session that has left its user's topic never returns.
          const generations = new Generations(personal);
          const joins = first.map((session) => ({ do: 'subscribe' as const, session, live: true }));
          for (const one of [...joins, ...steps]) {
            await take(name, model, generations.of(one));
            await adopt(name, model);
            if (read === 'after each step') await compare(name, model);
            await agree(name);
          }
          await compare(name, model);
          expect(await rig.books.books(`run${runs}`)).toEqual(model.books);
        },
      );
      await fc.assert(property, { numRuns: RUNS });
    },
    240_000,
  );
});

/** Names of sessions; with `isRenewed`, a new one after each leave. */
class Generations {
  private readonly left = new Map<string, number>();

  constructor(private readonly isRenewed: boolean) {}

  of(one: Step): Step {
    if (!('session' in one)) return one;
    const generation = this.left.get(one.session) ?? 0;
    if (one.do === 'leave' && this.isRenewed) this.left.set(one.session, generation + 1);
    return { ...one, session: `${one.session}${generation}` };
  }
}

async function take(name: string, model: ReceiptsModel, one: Step): Promise<void> {
  switch (one.do) {
    case 'append':
      return append(name, model, one);
    case 'again': {
      const known = model.sent[one.nth];
      if (!known) return;
      const { id, policy } = known;
      const [repeated] = await rig.log.append(name, [rig.notification(name, { id, policy })]);
      expect(repeated).toMatchObject({ stored: true, fresh: false, offset: known.offset });
      return;
    }
    case 'subscribe':
      await rig.members.subscribe(name, one.session, 'ada', one.live ? 'node' : undefined);
      return model.subscribe(one.session);
    case 'catch up': {
      const { session, behind } = one;
      const upTo = Math.max(1, model.head - behind);
      return take(name, model, { do: 'ack', session, upTo, offsets: [], settled: 0 });
    }
    case 'ack': {
      const { session, upTo, offsets, settled } = one;
      const ack = { name, epoch: '', session, offsets, settled, ...(upTo !== undefined && { upTo }) };
      const outcome = await rig.ack(ack);
      expect(outcome).toBe(model.ack(session, upTo, offsets, settled));
      return;
    }
    case 'refuse': {
      const { session, offset } = one;
      const nack = { name, epoch: '', session, offset, terminate: true, reason: 'never', attempt: 1 };
      const outcome = await rig.acks.nack(nack);
      // `agree` checks whether that ended the delivery.
      expect(outcome === 'dead' ? 'done' : outcome).toBe(model.refuse(session, offset));
      return;
    }
    case 'leave':
      await rig.members.leave(name, one.session);
      return model.leave(one.session);
    case 'cancel': {
      const id = model.sent[one.nth]?.id ?? 's000000000000000000000';
      expect(await rig.log.cancel(id, name)).toBe(model.cancel(id));
      return;
    }
    case 'wake':
      await rig.alarms.wake([name], true);
      return model.expire();
  }
}

/**
 * Checks that the values stored beside the numbering for appends and acks match their originals.
 */
async function agree(name: string): Promise<void> {
  const prefix = partitionPrefix(rig.config.keyPrefix, partitionOf(name));
  const key = (suffix: string): string => `${prefix}t:${name}:${suffix}`;
  const [meta, online, alarm, ahead] = await Promise.all([
    rig.redis.hgetall(key('meta')),
    rig.redis.hlen(key('live')),
    rig.redis.zscore(`${prefix}alarms`, `t:${name}`),
    rig.redis.exists(key('ahead'), key('refused')),
  ]);
  expect({ online: Number(meta['on'] ?? 0), alarm: meta['al'] ?? null }).toEqual({ online, alarm });
  if (ahead > 0) expect(meta['out']).toBe('1');
}

async function append(name: string, model: ReceiptsModel, one: Step & { do: 'append' }): Promise<void> {
  const { policy, expired, collapseKey } = one;
  const expiresAtMs = rig.clock.now() + (expired ? -1_000 : 3_600_000);
  const collapse = collapseKey === undefined ? {} : { collapseKey };
  const item = rig.notification(name, { policy, expiresAtMs, ...collapse });
  const [appended] = await rig.log.append(name, [item]);
  const expected = model.append({ id: item.id, policy, expired, ...collapse });
  expect(appended).toMatchObject({ stored: expected !== undefined, offset: expected?.offset ?? 0 });
}

/** Applies trims and forgets to the model. Their time is free; their extent is checked. */
async function adopt(name: string, model: ReceiptsModel): Promise<void> {
  const { epoch, base, head } = await rig.log.info(name);
  if (epoch === '') {
    const rest = Array.from({ length: model.head - model.base }, (_, index) => model.base + 1 + index);
    expect([...rest.filter((o) => !model.mayTrim(o)), ...model.members.keys()]).toEqual([]);
    model.forget();
    return;
  }
  expect(head).toBe(model.head);
  for (let o = model.base + 1; o <= base; o++)
    expect({ trimmed: o, may: model.mayTrim(o) }).toEqual({ trimmed: o, may: true });
  model.base = base;
}

async function compare(name: string, model: ReceiptsModel): Promise<void> {
  const [deliveries, members] = await Promise.all([
    Promise.all(model.sent.map(({ id }) => rig.receipts.delivery(id, name))),
    Promise.all([...model.members.keys()].map((session) => rig.members.subscribe(name, session, 'ada'))),
  ]);
  model.sent.forEach((sent, index) => {
    const { id, offset, state } = sent;
    expect({ id, ...deliveries[index] }).toMatchObject({ id, offset, state, ...model.counts(sent) });
  });
  await Promise.all(
    model.sent.map(async (sent, index) => {
      const delivery = deliveries[index];
      const listed = delivery && (await rig.receipts.recipients(sent.id, delivery, '', 10));
      const receipts = listed?.items
        .map(({ session, state }) => ({ session, state }))
        .toSorted((a, b) => (a.session < b.session ? -1 : 1));
      expect({ id: sent.id, receipts }).toEqual({ id: sent.id, receipts: model.receipts(sent) });
    }),
  );
  [...model.members.values()].forEach(({ cursor, start, deeds }, index) => {
    const ahead = [...deeds.keys()].filter((o) => o > cursor).sort((a, b) => a - b);
    expect(members[index]).toMatchObject({ cursor, start, ahead });
  });
}
