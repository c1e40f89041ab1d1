import { RestClient } from './rest-client.js';

/** Cookies and headers of a browser that is signed in to the console. */
export class ConsoleClient {
  private constructor(
    readonly url: string,
    readonly cookie: string,
  ) {}

  /** @returns the answer, with the signed-in client if access was granted. */
  static async signIn(url: string, key: string): Promise<{ status: number; console?: ConsoleClient }> {
    const answer = await new RestClient(url).post('/console/session', { key });
    const cookie = answer.headers.get('set-cookie')?.split(';')[0];
    return { status: answer.status, ...(cookie && { console: new ConsoleClient(url, cookie) }) };
  }

  /** Makes a REST call for an app. */
  call<T>(method: string, path: string, app?: string, body?: unknown) {
    const headers = { cookie: this.cookie, ...(app && { 'postrider-app': app }) };
    return new RestClient(this.url).call<T>(method, path, { headers, ...(body !== undefined && { body }) });
  }

  /** Gets a token for the system topic. */
  async token(): Promise<string> {
    return (await this.call<{ token: string }>('GET', '/console/session')).body.token;
  }
}
