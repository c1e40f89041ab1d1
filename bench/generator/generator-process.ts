import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { CommandName, Commands, Reply, Target } from './commands.js';

const MAIN = fileURLToPath(new URL('generator.ts', import.meta.url));

/** Load generator in its own process, which separates its cost from the measured one. */
export class Generator {
  private constructor(private readonly child: ChildProcess) {}

  static async start(target: Target): Promise<Generator> {
    const child = fork(MAIN, [JSON.stringify(target)], { execArgv: ['--import', 'tsx'], serialization: 'advanced' });
    const generator = new Generator(child);
    await generator.reply();
    return generator;
  }

  get pid(): number {
    if (this.child.pid === undefined) throw new Error('the generator did not start');
    return this.child.pid;
  }

  /**
   * Runs a command, one at a time.
   * @throws Error if the command failed or the process has ended.
   */
  async call<Name extends CommandName>(name: Name, order: Commands[Name][0]): Promise<Commands[Name][1]> {
    this.child.send({ name, order });
    const reply = await this.reply();
    if ('error' in reply) throw new Error(`${name}: ${reply.error}`);
    return reply.report;
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exited = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await exited;
  }

  private reply(): Promise<Reply> {
    const { child } = this;
    return new Promise((resolve, reject) => {
      const ended = (): void => reject(new Error('the generator has ended'));
      child.once('exit', ended);
      child.once('message', (reply) => {
        child.off('exit', ended);
        resolve(reply as Reply);
      });
    });
  }
}
