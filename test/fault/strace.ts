import { Child } from '../support/child-process.js';
import { until } from '../support/wait.js';

/**
 * Disk fault of one process: `error=EIO` (every fsync fails) or `delay_enter=2000000` (every fsync
 * takes that many microseconds).
 */
export class BadDisk {
  private constructor(private readonly strace: Child) {}

  static async begin(pid: number, fault: string): Promise<BadDisk> {
    const calls = 'fsync,fdatasync';
    const rule = ['-e', `trace=${calls}`, '-e', `inject=${calls}:${fault}`];
    const strace = Child.spawn('strace', ['-f', '-p', String(pid), ...rule]);
    const attached = (): boolean => {
      if (strace.exit) throw new Error(`strace ended: ${strace.tail()}`);
      return strace.lines.some((line) => line.includes('attached'));
    };
    await until(attached, { what: 'strace is attached to Redis' });
    return new BadDisk(strace);
  }

  async end(): Promise<void> {
    await this.strace.end('SIGINT');
  }
}
