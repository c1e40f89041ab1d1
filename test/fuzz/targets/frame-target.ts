import { CLIENT_MESSAGES } from '../../../src/operators/socket-messages.js';
import type { Frame } from '../../support/frames.js';
import { within } from '../../support/wait.js';
import { mutateBytes } from '../mutate/byte-mutator.js';
import type { Chance } from '../mutate/chance.js';
import { JsonMutator, treeOf } from '../mutate/json-mutator.js';
import { brokenWire, wireFrame } from '../mutate/wire-mutator.js';
import { expectationOf } from './frame-expectation.js';
import { DOCUMENTED_CLOSES, faultOf, internalIn, nameOf } from './frame-oracle.js';
import { RawSocket } from './raw-socket.js';
import type { Input, Target, Verdict } from './target.js';

/** Placeholder for a valid token of the user in input. */
export const TOKEN = '@TOKEN@';
const USER_TOPIC = 'user:fuzz';
const ANSWER_MS = 10_000;
const MAX_FRAME_BYTES = 65_536;
const KEPT = 100;
/** Close code of a bare end, which is correct if the peer ended in the middle of a frame. */
const ENDED = 1006;

/**
 * Target for text messages on a socket that stays open as long as possible, and for invalid frames
 * on separate sockets.
 */
export class FrameTarget implements Target {
  readonly name = 'frames';
  readonly seeds: readonly Input[];
  recent: Input[] = [];
  private link?: RawSocket;
  private count = 0;
  private mutator?: JsonMutator;

  constructor(
    private readonly url: string,
    private readonly token: string,
  ) {
    const frames = Object.entries(CLIENT_MESSAGES).map(([event, { example }]) => ({ event, ...example }));
    const text = JSON.stringify([...frames, { event: 'ack', data: { topic: USER_TOPIC, offsets: [1, 3] }, id: 'a' }])
      .replaceAll('user:alice', USER_TOPIC)
      .replaceAll('orders.eu', 'public.fuzz')
      .replaceAll(/"token":"[^"]+"/g, `"token":"${TOKEN}"`);
    const seeds = [...(JSON.parse(text) as Frame[]), JSON.parse(text) as Frame[]];
    this.seeds = seeds.map((frame) => message(JSON.stringify(frame)));
  }

  mutate({ kind, bytes }: Input, other: Input, chance: Chance): Input {
    this.mutator ??= new JsonMutator(chance);
    if (kind === 'wire' || chance.is(0.06)) {
      const wire = kind === 'wire' ? bytes : brokenWire(bytes.subarray(0, 200), chance);
      return { kind: 'wire', bytes: chance.is(0.3) ? mutateBytes(wire, other.bytes, chance) : wire };
    }
    const [value, donor] = [treeOf(bytes), treeOf(other.bytes)];
    const text = value === undefined || chance.is(0.15) ? bytes : Buffer.from(this.mutator.mutate(value, donor));
    return {
      kind: 'message',
      bytes: chance.is(text === bytes ? 1 : 0.15) ? mutateBytes(text, other.bytes, chance) : text,
    };
  }

  async send(input: Input): Promise<Verdict> {
    try {
      return input.kind === 'wire' ? await this.sendWire(input) : await this.sendMessage(input);
    } catch (error) {
      return { answers: ['none'], fault: String(error instanceof Error ? error.message : error) };
    }
  }

  reset(): void {
    this.link?.socket.terminate();
    this.link = undefined;
    this.recent = [];
  }

  private async sendMessage(input: Input): Promise<Verdict> {
    if (this.link?.closeCode !== undefined) this.reset();
    this.recent = [...this.recent, input].slice(-KEPT);
    const link = (this.link ??= await RawSocket.open(this.url, this.token));
    link.frames.length = 0;
    link.fault = undefined;
    const bytes = Buffer.from(input.bytes.toString('latin1').replaceAll(TOKEN, this.token), 'latin1');
    const barrier = `barrier ${this.count++}`;
    link.wire.cork();
    link.wire.write(wireFrame({ opcode: 1, payload: bytes }));
    link.wire.write(wireFrame({ opcode: 1, payload: Buffer.from(JSON.stringify({ event: 'ping', id: barrier })) }));
    link.wire.uncork();
    await within(link.until(barrier), ANSWER_MS, 'an answer, or the end of the socket');
    const frames = link.frames.filter(({ id }) => id !== barrier);
    const answers = [...frames.map(nameOf), ...(link.closeCode === undefined ? [] : [`close ${link.closeCode}`])];
    const fault = link.fault ?? faultOf(frames, link.closeCode, expectationOf(bytes, MAX_FRAME_BYTES));
    return { answers, ...(fault && { fault }) };
  }

  private async sendWire(input: Input): Promise<Verdict> {
    const link = await RawSocket.open(this.url, this.token);
    link.wire.end(input.bytes);
    const code = await within(link.closed, ANSWER_MS, 'the end of the socket');
    const isDocumented = DOCUMENTED_CLOSES.has(code) || code === ENDED || code >= 3_000;
    const fault = link.fault ?? internalIn(link.frames) ?? (isDocumented ? undefined : `closed with ${code}`);
    return { answers: [`close ${code}`], ...(fault && { fault }) };
  }
}

const message = (text: string): Input => ({ kind: 'message', bytes: Buffer.from(text) });
