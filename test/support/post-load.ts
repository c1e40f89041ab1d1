import { Agent, request } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import type { Problem } from '../../src/contract/problem.js';
import { until } from './wait.js';

/** Pause after a refused connection, to avoid a busy loop. */
const REFUSED_MS = 10;

export interface LoadOptions {
  url: string;
  apiKey: string;
  /** Number of concurrent POSTs. */
  lanes: number;
  /** True if each has an Idempotency-Key. */
  keyed: boolean;
  /** False for a new connection for each POST. */
  keepAlive?: boolean;
  users?: number;
}

/** Load of POSTs without pauses or retries, because the first answer is what counts. */
export class PostLoad {
  /** Status of each failed answer (0 without one), and the code of its problem. */
  readonly failures: { status: number; code: string }[] = [];
  accepted = 0;
  private readonly agent: Agent;
  private readonly running: Promise<unknown>;
  private ending = false;
  private posted = 0;

  private constructor(private readonly options: LoadOptions) {
    this.agent = new Agent({ keepAlive: options.keepAlive ?? true });
    this.running = Promise.all(Array.from({ length: options.lanes }, () => this.lane()));
  }

  static start(options: LoadOptions): PostLoad {
    return new PostLoad(options);
  }

  /** Resolves once `count` more have been accepted. */
  async further(count: number): Promise<void> {
    const goal = this.accepted + count;
    await until(() => this.accepted >= goal, { timeoutMs: 60_000, what: `${count} more POSTs are accepted` });
  }

  async stop(): Promise<void> {
    this.ending = true;
    await this.running;
    this.agent.destroy();
  }

  private async lane(): Promise<void> {
    while (!this.ending) {
      const answer = await this.post().catch((error: NodeJS.ErrnoException) => ({
        status: 0,
        code: String(error.code),
      }));
      if (answer.status === 202) this.accepted += 1;
      else this.failures.push(answer);
      if (answer.status === 0) await setTimeout(REFUSED_MS);
    }
  }

  private post(): Promise<{ status: number; code: string }> {
    const { url, apiKey, keyed, users = 20 } = this.options;
    const number = (this.posted += 1);
    const body = JSON.stringify({
      to: { user: `user-${number % users}` },
      type: 'load',
      data: { number },
      ack: 'none',
    });
    const headers = {
      authorization: `Bearer ${apiKey}`,
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      ...(keyed && { 'idempotency-key': `${process.pid}-${performance.now()}-${number}` }),
    };
    return new Promise((resolve, reject) => {
      const call = request(`${url}/v1/notifications`, { method: 'POST', agent: this.agent, headers }, (answer) => {
        let text = '';
        answer.on('data', (chunk: Buffer) => (text += chunk.toString()));
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, code: codeIn(text) }));
        answer.on('error', reject);
      });
      call.on('error', reject);
      call.end(body);
    });
  }
}

function codeIn(text: string): string {
  try {
    return (JSON.parse(text) as Partial<Problem>).code ?? '';
  } catch {
    return text.slice(0, 100);
  }
}
