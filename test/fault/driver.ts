import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { within } from '../support/wait.js';

/** Calls of a driver; arguments and answers travel as JSON. */
export type Calls = Readonly<Record<string, (...args: never[]) => unknown>>;

interface Ask {
  readonly id: number;
  readonly call: string;
  readonly args: unknown[];
}

interface Reply {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: string;
}

interface Waiter {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

const ANSWER_MS = 120_000;

/**
 * Publisher or receiver in its own process, so that faults of the load are not mistaken for faults
 * of the server.
 */
export class Driver<C extends Calls> {
  private readonly child: ChildProcess;
  private readonly waiting = new Map<number, Waiter>();
  private asked = 0;

  /** @param program file below `test/fault/drivers` that calls `serve`. */
  constructor(program: string) {
    const path = fileURLToPath(new URL(`drivers/${program}`, import.meta.url));
    this.child = fork(path, { execArgv: ['--import', 'tsx'], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    this.child.on('message', (reply: Reply) => this.settle(reply));
    this.child.on('exit', (code, signal) => {
      for (const { reject } of this.waiting.values()) reject(new Error(`${program} ended: ${code ?? signal}`));
      this.waiting.clear();
    });
  }

  async call<K extends keyof C & string>(name: K, ...args: Parameters<C[K]>): Promise<Awaited<ReturnType<C[K]>>> {
    this.asked += 1;
    const ask: Ask = { id: this.asked, call: name, args };
    const answer = new Promise<unknown>((resolve, reject) => this.waiting.set(ask.id, { resolve, reject }));
    this.child.send(ask);
    return (await within(answer, ANSWER_MS, `driver's answer to ${name}`)) as Awaited<ReturnType<C[K]>>;
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill('SIGKILL');
    await ended;
  }

  private settle({ id, result, error }: Reply): void {
    const waiter = this.waiting.get(id);
    this.waiting.delete(id);
    if (error === undefined) waiter?.resolve(result);
    else waiter?.reject(new Error(error));
  }
}

/** Serves the calls of a driver in its process, and ends with the process that started it. */
export function serve(calls: Calls): void {
  process.once('disconnect', () => process.exit(0));
  process.on('message', ({ id, call, args }: Ask) => {
    const answer = async (): Promise<Reply> => {
      try {
        return { id, result: await calls[call]?.(...(args as never[])) };
      } catch (error) {
        return { id, error: String(error) };
      }
    };
    void answer().then((reply) => process.send?.(reply));
  });
}
