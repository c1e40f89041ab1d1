import type { FrameSocket } from '../support/frame-socket.js';
import { PostriderRig } from '../support/postrider-rig.js';
import { within } from '../support/wait.js';
import { InspectedProcess } from './inspected-process.js';
import { FrameTarget } from './targets/frame-target.js';
import { RestTarget } from './targets/rest-target.js';
import type { Target } from './targets/target.js';

const CONTROL = 'control';
const CONTROL_MS = 5_000;
const BAD_LINE = /"level":(?:50|60|"error"|"fatal")|[Uu]nhandled|^(?:Uncaught|\s+at )/;
const ENV = {
  NODE_OPTIONS: '--inspect=127.0.0.1:0',
  // Unacknowledged notifications expire soon, so that hours of input do not fill Redis.
  TTL_MS: '10000',
  SESSION_TTL_MS: '5000',
  SAMPLE_MS: '0',
  // Rate limits are tested elsewhere; here they would hide the code behind them.
  WS_FRAMES_PER_SECOND: '1000000',
  REST_RATE_PER_KEY: '0',
};

/** Real server process to send input to, beside one well-behaved client. */
export class FuzzRig {
  private control?: FrameSocket;
  private inspected?: InspectedProcess;
  private count = 0;
  private seenLines = 0;

  private constructor(
    private readonly rig: PostriderRig,
    private readonly token: string,
  ) {}

  static async start(): Promise<FuzzRig> {
    const rig = await PostriderRig.start({ env: ENV });
    const token = await rig.tokens.sign('fuzz', { topics: ['*'], publish: ['*'], ttlMs: 86_400_000 });
    const fuzz = new FuzzRig(rig, token);
    await fuzz.attach();
    return fuzz;
  }

  targets(): Target[] {
    const { port, socketUrl } = this.rig.server();
    return [new FrameTarget(socketUrl, this.token), new RestTarget(port, this.rig.apiKey)];
  }

  get process(): InspectedProcess {
    if (!this.inspected) throw new Error('not attached');
    return this.inspected;
  }

  /** Returns a fault of the whole process: it exited, or it logged an error. */
  fault(): string | undefined {
    const { exit, log } = this.rig.server();
    if (exit) return `the process ended with ${JSON.stringify(exit)}: ${log.slice(-5).join(' | ')}`;
    const bad = log.slice(this.seenLines).find((line) => BAD_LINE.test(line));
    this.seenLines = log.length;
    return bad && `the process complained: ${bad.slice(0, 500)}`;
  }

  /**
   * Checks that the well-behaved client is still served: its ping is answered, and its notification
   * arrives and is acknowledged.
   */
  async controlFault(): Promise<string | undefined> {
    const control = this.control;
    if (!control) return 'there is no control connection';
    const n = ++this.count;
    try {
      await within(control.request('ping', undefined, n), CONTROL_MS, 'pong');
      const { id } = await this.rig.rest().notify({ to: { user: CONTROL }, type: 'control', data: n });
      const { data } = await control.next<{ id: string; offset: number }>(
        'notification',
        (frame) => frame.data.id === id,
        CONTROL_MS,
      );
      const acked = await control.request('ack', { topic: `user:${CONTROL}`, offset: data.offset }, `a${n}`);
      control.frames.length = 0;
      return acked.event === 'acked'
        ? undefined
        : `the control client's ack was answered with ${JSON.stringify(acked)}`;
    } catch (error) {
      return `the control client is not served: ${String(error)}`;
    }
  }

  /** Replaces the process if it has exited. */
  async revive(): Promise<void> {
    if (!this.rig.server().exit) return;
    await this.rig.server().restart();
    await this.attach();
  }

  async close(): Promise<void> {
    this.inspected?.close();
    await this.rig.close();
  }

  private async attach(): Promise<void> {
    const { log } = this.rig.server();
    this.inspected = await InspectedProcess.attach(log);
    this.control = await this.rig.socket(CONTROL);
    await this.control.welcome();
    await this.control.subscribed(`user:${CONTROL}`);
    this.seenLines = log.length;
  }
}
