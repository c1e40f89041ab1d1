import { type IncomingHttpHeaders, type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface Asked {
  method: string;
  url: string;
  headers: IncomingHttpHeaders;
  body: unknown;
}

/** Answer to one request. `cut` cuts the connection without an answer; `silent` never answers. */
export type Step = 'cut' | 'silent' | { status?: number; headers?: Record<string, string>; body?: unknown };

/** Server that answers as scripted, step by step, and records its requests. */
export class ScriptedServer {
  readonly asked: Asked[] = [];
  private steps: Step[] = [];

  private constructor(private readonly server: Server) {}

  static async start(): Promise<ScriptedServer> {
    const server = createServer();
    const scripted = new ScriptedServer(server);
    server.on('request', async (request, response) => {
      const { method = '', url = '', headers } = request;
      const body = await text(request);
      scripted.asked.push({ method, url, headers, body: body === '' ? undefined : JSON.parse(body) });
      scripted.answer(response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return scripted;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Sets the answers to the next requests, and forgets the earlier requests. */
  play(...steps: Step[]): void {
    this.asked.length = 0;
    this.steps = steps;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private answer(response: ServerResponse): void {
    const step = this.steps.shift() ?? { status: 599, body: 'more requests than expected' };
    if (step === 'silent') return;
    if (step === 'cut') return void response.socket?.destroy();
    const { status = 200, headers = {}, body } = step;
    const type = status < 400 ? 'application/json' : 'application/problem+json';
    response.writeHead(status, { 'content-type': type, ...headers });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  }
}

/** Creates a refusal in the server's format. */
export function refusal(status: number, code: string, more: object = {}): Exclude<Step, string> {
  const retryable = status === 429 || status === 503;
  const body = {
    type: `urn:postrider:problem:${code}`,
    title: code,
    status,
    code,
    detail: `It is ${code}.`,
    retryable,
  };
  return { status, headers: retryable ? { 'retry-after': '0' } : {}, body: { ...body, ...more } };
}
