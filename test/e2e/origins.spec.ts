import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { HandshakeRefused } from '../support/frame-socket.js';
import { PostriderRig } from '../support/postrider-rig.js';
import { until } from '../support/wait.js';

let rig: PostriderRig;

type Headers = Record<string, string>;

/** Makes a page's handshake and returns its status. */
async function handshake(origin: string | undefined, headers: Headers = {}): Promise<number> {
  const sent = { ...headers, ...(origin !== undefined && { origin }) };
  return rig.socket('ann', { headers: sent }).then(
    (socket) => {
      socket.close();
      return 101;
    },
    (error: unknown) => (error instanceof HandshakeRefused ? error.status : 0),
  );
}

async function why(headers: Headers, query = ''): Promise<{ status: number; headers: Headers; body: unknown }> {
  const answer = await fetch(`${rig.server().url}/ws/why${query}`, { headers });
  return { status: answer.status, headers: Object.fromEntries(answer.headers), body: await answer.json() };
}

describe('in production', () => {
  beforeAll(async () => {
    const env = {
      NODE_ENV: 'production',
      ADMIN_PORT: 'none',
      WS_ORIGINS: 'https://*.example.com:443, capacitor://localhost',
    };
    rig = await PostriderRig.start({ env });
  });
  afterAll(() => rig?.close());

  it.each(['https://a.example.com', 'capacitor://localhost'])('%s is allowed and learns so', async (origin) => {
    expect(await handshake(origin)).toBe(101);
    expect(await why({ origin })).toMatchObject({ status: 200, body: { allowed: true } });
  });

  it.each([
    ['https://x.example', 'x.example:443'],
    ['https://x.example', 'X.example'],
    ['http://x.example', 'x.example:80'],
    ['https://x.example:8443', 'x.example:8443'],
    ['http://[::1]:8080', '[::1]:8080'],
  ])('%s is allowed by the host %s', async (origin, host) => {
    expect(await handshake(origin, { host })).toBe(101);
  });

  it.each([
    ['https://x.example', 'x.example:80'],
    ['https://x.example', 'x.example.evil.example'],
    ['https://x.example', 'x.example:8443'],
    ['capacitor://x.example', 'x.example'],
    ['http://localhost:5173', 'x.example'],
    ['https://*.example.com', 'x.example'],
    ['null', 'x.example'],
    ['garbage', 'x.example'],
  ])('%s is not allowed by the host %s', async (origin, host) => {
    expect(await handshake(origin, { host })).toBe(403);
  });

  it('a page of any origin can read why it is refused, and what to set', async () => {
    const { status, headers, body } = await why({ origin: 'https://Other.example:443' });
    expect(status).toBe(403);
    expect(headers).toMatchObject({
      'access-control-allow-origin': '*',
      'cross-origin-resource-policy': 'cross-origin',
      'content-type': expect.stringContaining('application/problem+json'),
    });
    expect(body).toMatchObject({ code: 'forbidden', retryable: false, detail: expect.stringContaining('WS_ORIGINS') });
    expect(body).toMatchObject({ detail: expect.stringContaining('https://other.example') });
  });

  it('an origin that a browser does not send is taken from the query', async () => {
    expect(await why({}, `?origin=${encodeURIComponent('https://other.example')}`)).toMatchObject({ status: 403 });
    expect(await why({}, `?origin=${encodeURIComponent('https://a.example.com')}`)).toMatchObject({ status: 200 });
    expect(await why({}, '?origin=a&origin=b')).toMatchObject({ status: 200 });
    expect(await why({})).toMatchObject({ status: 200, body: { allowed: true } });
  });

  it('the log names an origin that was refused and the setting that would let it in', async () => {
    await handshake('https://unlisted.example');
    const line = (): unknown =>
      rig
        .server()
        .log.filter((text) => text.includes('unlisted.example'))
        .map((text) => JSON.parse(text) as unknown)[0];
    await until(() => line() !== undefined, { what: 'the line of the refusal' });
    expect(line()).toMatchObject({
      event: 'handshake_refused',
      status: 403,
      code: 'forbidden',
      origin: 'https://unlisted.example',
      setting: 'WS_ORIGINS',
    });
  });
});

describe('in development', () => {
  beforeAll(async () => {
    rig = await PostriderRig.start({ env: { NODE_ENV: 'development' } });
  });
  afterAll(() => rig?.close());

  it.each(['http://localhost:5173', 'https://localhost', 'http://127.0.0.1:8080', 'http://[::1]:4200'])(
    'a page at %s is let in',
    async (origin) => {
      expect(await handshake(origin)).toBe(101);
      expect(await why({ origin })).toMatchObject({ status: 200 });
    },
  );

  it.each(['https://evil.example', 'http://localhost.evil.example', 'null', 'http://192.168.0.7:3000'])(
    '%s is not',
    async (origin) => {
      expect(await handshake(origin)).toBe(403);
      expect(await why({ origin })).toMatchObject({ status: 403 });
    },
  );
});

describe('GET /ws/why', () => {
  it('counts as a handshake, and says when to come back', async () => {
    rig = await PostriderRig.start({ env: { WS_HANDSHAKES_PER_ADDRESS: '2', UNLIMITED_ADDRESSES: '10.0.0.1' } });
    try {
      expect(await handshake(undefined)).toBe(101);
      expect((await why({})).status).toBe(200);
      const { status, headers, body } = await why({});
      expect(status).toBe(429);
      expect(body).toMatchObject({ code: 'rate_limited', retryable: true });
      expect(Number(headers['retry-after'])).toBeGreaterThan(0);
      expect(headers['access-control-allow-origin']).toBe('*');
      expect(await handshake(undefined)).toBe(429);
    } finally {
      await rig.close();
    }
  });

  it('says that there is no room, and takes none itself', async () => {
    rig = await PostriderRig.start({ env: { WS_MAX_CONNECTIONS: '1' } });
    try {
      for (let n = 0; n < 3; n++) expect((await why({})).status).toBe(200);
      const socket = await rig.socket('ann');
      await socket.welcome();
      expect(await why({})).toMatchObject({ status: 429, body: { code: 'too_many_connections' } });
      socket.close();
      await until(async () => (await why({})).status === 200, { what: 'there is room again' });
    } finally {
      await rig.close();
    }
  });

  it('also exists below another path of the socket', async () => {
    rig = await PostriderRig.start({ env: { WS_PATH: '/push/socket' } });
    try {
      const answer = await fetch(`${rig.server().url}/push/socket/why`);
      expect({ status: answer.status, body: await answer.json() }).toEqual({ status: 200, body: { allowed: true } });
    } finally {
      await rig.close();
    }
  });
});
