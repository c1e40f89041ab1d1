import { once } from 'node:events';
import { WebSocket } from 'ws';

/** Resources of a process after a garbage collection. */
export interface Holdings {
  readonly heapBytes: number;
  readonly rssBytes: number;
  /** Number of sockets, timers and the like that keep a process alive. */
  readonly handles: number;
}

interface Coverage {
  result: { url: string; functions: { ranges: { startOffset: number; endOffset: number; count: number }[] }[] }[];
}

const NOTICE = /^Debugger listening on (ws:\/\/\S+)$/;
const HOLDINGS = `JSON.stringify({ ...process.memoryUsage(), handles: process.getActiveResourcesInfo().length })`;

/** Process started with `--inspect`, observed through the inspector protocol. */
export class InspectedProcess {
  private count = 0;
  private readonly waiting = new Map<number, { resolve: (result: unknown) => void; reject: (error: Error) => void }>();
  private readonly shapes = new Set<string>();

  private constructor(private readonly socket: WebSocket) {
    socket.on('error', () => undefined);
    socket.on('close', () => this.waiting.forEach(({ reject }) => reject(new Error('the process has ended'))));
    socket.on('message', (bytes: Buffer) => {
      const { id, result, error } = JSON.parse(bytes.toString()) as { id?: number; result: unknown; error?: object };
      const waiter = this.waiting.get(id ?? 0);
      this.waiting.delete(id ?? 0);
      if (error) waiter?.reject(new Error(JSON.stringify(error)));
      else waiter?.resolve(result);
    });
  }

  /** @param log output of the process, which contains the address of its inspector. */
  static async attach(log: readonly string[]): Promise<InspectedProcess> {
    const url = log.map((line) => NOTICE.exec(line)?.[1]).findLast((found) => found !== undefined);
    if (!url) throw new Error('the process has not told where its inspector is');
    const socket = new WebSocket(url, { maxPayload: 0 });
    await once(socket, 'open');
    const process = new InspectedProcess(socket);
    await process.call('HeapProfiler.enable');
    await process.call('Profiler.enable');
    await process.call('Profiler.startPreciseCoverage', { callCount: false, detailed: true });
    return process;
  }

  async holdings(): Promise<Holdings> {
    await this.call('HeapProfiler.collectGarbage');
    const { result } = (await this.call('Runtime.evaluate', { expression: HOLDINGS })) as { result: { value: string } };
    const { heapUsed, rss, handles } = JSON.parse(result.value) as Record<'heapUsed' | 'rss' | 'handles', number>;
    return { heapBytes: heapUsed, rssBytes: rss, handles };
  }

  /**
   * Returns the number of code paths seen for the first time. The first call returns those at the
   * start.
   */
  async newlyCovered(): Promise<number> {
    const { result } = (await this.call('Profiler.takePreciseCoverage')) as Coverage;
    const before = this.shapes.size;
    for (const { url, functions } of result) {
      if (!/\/dist\//.test(url) || url.includes('node_modules')) continue;
      for (const { ranges } of functions) {
        const shape = ranges.map(
          ({ startOffset, endOffset, count }) => `${startOffset} ${endOffset} ${Math.min(count, 1)}`,
        );
        this.shapes.add(`${url} ${shape.join(',')}`);
      }
    }
    return this.shapes.size - before;
  }

  get covered(): number {
    return this.shapes.size;
  }

  close(): void {
    this.socket.terminate();
  }

  private call(method: string, params: object = {}): Promise<unknown> {
    const id = ++this.count;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.socket.send(JSON.stringify({ id, method, params }));
    });
  }
}
