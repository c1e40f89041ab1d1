import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type Message, Postrider } from '@postrider/client';
import fc from 'fast-check';
import { stopTime } from './support/client-rig.js';
import { ModelServer } from './support/model-server.js';

type Step =
  | { do: 'publish'; topic: string; count: number }
  | { do: 'cut' | 'deafen' | 'expire' | 'forget' | 'reconnect' | 'restart' }
  | { do: 'redeliver'; nth: number }
  | { do: 'lose'; count: number }
  | { do: 'fail' | 'slow'; count: number }
  | { do: 'pass'; ms: number };

const of = <K extends Step['do']>(...kinds: K[]): fc.Arbitrary<K> => fc.constantFrom(...kinds);
const few = fc.integer({ min: 1, max: 4 });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: of('publish'), topic: fc.constantFrom('user:ann', 'orders'), count: few }),
  },
  { weight: 3, arbitrary: fc.record({ do: of('cut', 'deafen', 'expire', 'forget', 'reconnect', 'restart') }) },
  { weight: 3, arbitrary: fc.record({ do: of('redeliver'), nth: fc.nat({ max: 9 }) }) },
  { weight: 1, arbitrary: fc.record({ do: of('lose'), count: few }) },
  { weight: 2, arbitrary: fc.record({ do: of('fail', 'slow'), count: few }) },
  { weight: 4, arbitrary: fc.record({ do: of('pass'), ms: fc.constantFrom(0, 1, 5, 20, 400, 2_000) }) },
);

beforeEach(stopTime);

afterEach(() => {
  jest.useRealTimers();
});

describe('whatever happens to connections, frames, tokens and handlers', () => {
  it('the application handles each notification once and in order, and all end acknowledged', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60 }), async (steps) => {
        const run = new Run();
        await run.begin();
        for (const step of steps) await run.take(step);
        await run.settle();
        run.check();
      }),
      { numRuns: 1_500 },
    );
  });
});

/** Run of one client against one server through one story. */
class Run {
  readonly server = new ModelServer();
  readonly client: Postrider;
  /** Offsets by topic: those that handlers were called with, and those that they finished. */
  readonly shown = new Map<string, number[]>();
  readonly handled = new Map<string, number[]>();
  private fails = 0;
  private slow = 0;
  private token = 0;

  constructor() {
    const { WebSocket } = this.server;
    const backoff = { baseMs: 10, capMs: 100, maxTries: Infinity };
    this.client = new Postrider({ url: 'ws://model', token: () => `t${this.token++}`, WebSocket, backoff });
    this.client.on('error', () => undefined);
    this.client.on('notification', (message) => this.handle(message));
  }

  async begin(): Promise<void> {
    const subscribing = this.client.subscribe('orders', (message) => this.handle(message));
    await pass(0);
    await subscribing;
  }

  async take(step: Step): Promise<void> {
    const { server } = this;
    if (step.do === 'publish') for (let n = 0; n < step.count; n++) server.publish(step.topic);
    else if (step.do === 'redeliver') server.redeliver(step.nth);
    else if (step.do === 'lose') server.losses = step.count;
    else if (step.do === 'fail') this.fails = step.count;
    else if (step.do === 'slow') this.slow = step.count;
    else if (step.do === 'pass') await pass(step.ms);
    else if (step.do === 'deafen') server.deaf = true;
    else if (step.do === 'reconnect') this.client.reconnect();
    else await this.part(step.do);
  }

  /** Ends every fault, and redelivers unacknowledged notifications until all are done. */
  async settle(): Promise<void> {
    this.fails = this.slow = this.server.losses = 0;
    this.server.deaf = false;
    for (let turn = 0; turn < 100; turn++) {
      await pass(200);
      if (this.client.state === 'open' && this.server.isAllAcked() && this.isAllHandled()) break;
      if (this.client.state === 'open') this.server.redeliver(turn);
      if (turn % 20 === 19) this.server.cut();
    }
    await this.client.close();
    await pass(0);
  }

  private isAllHandled(): boolean {
    return [...this.server.heads].every(([topic, head]) => (this.handled.get(topic)?.length ?? 0) >= head);
  }

  check(): void {
    expect(this.server.isAllAcked()).toBe(true);
    for (const [topic, head] of this.server.heads) {
      const all = Array.from({ length: head }, (_, index) => index + 1);
      const sorted = [...(this.handled.get(topic) ?? [])].sort((one, other) => one - other);
      expect({ topic, handled: sorted }).toEqual({ topic, handled: all });
      expect({ topic, shown: [...new Set(this.shown.get(topic))] }).toEqual({ topic, shown: all });
    }
  }

  private async part(how: 'cut' | 'expire' | 'forget' | 'restart'): Promise<void> {
    const { server } = this;
    if (how === 'forget') server.forget();
    if (how === 'expire') server.refusals = 1;
    if (how === 'restart') {
      server.socket.say('goodbye', { code: 1012, reason: 'restart', reconnect: true, retryAfterMs: 3 });
    }
    server.cut(how === 'expire' ? 4401 : how === 'restart' ? 1012 : 1006);
    await pass(0);
  }

  private handle({ topic, offset }: Message): void | Promise<void> {
    note(this.shown, topic, offset);
    const fails = this.fails-- > 0;
    const end = (): void => {
      if (fails) throw new Error('as the story wants it');
      note(this.handled, topic, offset);
    };
    if (this.slow-- <= 0) return end();
    return new Promise((resolve) => setTimeout(resolve, 30)).then(end);
  }
}

const pass = (ms: number): Promise<void> => jest.advanceTimersByTimeAsync(ms);

function note(lists: Map<string, number[]>, topic: string, offset: number): void {
  lists.set(topic, [...(lists.get(topic) ?? []), offset]);
}
