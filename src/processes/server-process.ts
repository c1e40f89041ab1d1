import cluster, { type Worker } from 'node:cluster';
import { type ProcessMessage, readMessage } from './process-message.js';

/** Exit code of a process, or the signal that killed it. */
export interface Exit {
  readonly code: number | null;
  readonly signal: string | null;
}

/** Forked process, from its start to its end. */
export class ServerProcess {
  readonly bornAtMs = performance.now();
  readonly exited: Promise<Exit>;
  /** Resolves to true when it is ready for traffic, to false if it ended before. */
  readonly started: Promise<boolean>;
  isReady = false;
  exit?: Exit;
  private readonly worker: Worker;

  /** @param heard called with its messages. */
  constructor(
    readonly nodeId: string,
    heard: (message: ProcessMessage) => void,
  ) {
    this.worker = cluster.fork({ NODE_ID: nodeId });
    const exit = new Promise<Exit>((resolve) => {
      this.worker.once('exit', (code: number | null, signal: string | null) => resolve({ code, signal }));
    });
    // Its last messages may arrive after its end.
    const silent = new Promise((resolve) => this.worker.once('disconnect', resolve));
    this.exited = Promise.all([exit, silent]).then(([ended]) => {
      this.isReady = false;
      return (this.exit = ended);
    });
    const ready = new Promise<boolean>((resolve) => {
      this.worker.on('message', (received: unknown) => {
        const message = readMessage(received);
        if (!message) return;
        if (message.postrider === 'ready') resolve((this.isReady = true));
        heard(message);
      });
    });
    this.started = Promise.race([ready, this.exited.then(() => false)]);
    // A broken channel is also reported by `exit`.
    this.worker.on('error', () => undefined);
  }

  get pid(): number | undefined {
    return this.worker.process.pid;
  }

  say(message: ProcessMessage): void {
    if (this.worker.isConnected()) this.worker.send(message, () => undefined);
  }

  signal(signal: NodeJS.Signals): void {
    this.worker.process.kill(signal);
  }

  /** Waits for its end, and kills it after `withinMs`. */
  async gone(withinMs: number): Promise<Exit> {
    const killer = setTimeout(() => this.signal('SIGKILL'), withinMs);
    const exit = await this.exited;
    clearTimeout(killer);
    return exit;
  }
}
