import type { ServerResponse } from 'node:http';
import { afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { jwtVerify } from 'jose';
import { type IssuerKey, IssuerRig, issuerKey, keySetOf, signedBy } from '../../test/support/issuer-rig.js';
import { until } from '../../test/support/wait.js';
import { Metrics } from '../observability/metrics.js';
import { RemoteKeySet } from './remote-key-set.js';

const TIMING = { jwksRefreshMs: 100, jwksCooldownMs: 100, jwksTimeoutMs: 200 };
/** Longer than a test takes, so that nothing is fetched twice. */
const NEVER_AGAIN = { jwksRefreshMs: 600_000, jwksCooldownMs: 600_000, jwksTimeoutMs: 2_000 };
const HUGE = 300_000;

let old: IssuerKey;
let young: IssuerKey;
beforeAll(() => {
  Logger.overrideLogger(false);
  old = issuerKey('old', 'ES256');
  young = issuerKey('young', 'ES256');
});

let issuer: IssuerRig;
let keys: RemoteKeySet;
beforeEach(async () => {
  issuer = await IssuerRig.start(old);
});
afterEach(async () => {
  jest.restoreAllMocks();
  keys.stop();
  await issuer.close();
});

async function start(timing = TIMING): Promise<void> {
  keys = new RemoteKeySet(new URL(issuer.url), timing, new Metrics());
  await keys.start();
}

const verify = async (key: IssuerKey): Promise<string | undefined> =>
  (await jwtVerify(await signedBy(key, { sub: 'ada' }), keys.find)).payload.sub;

const FAULTS: [what: string, answer: (response: ServerResponse) => void, fault: RegExp][] = [
  ['500', (response) => response.writeHead(500).end(), /^answered 500$/],
  ['no answer at all', () => undefined, /timeout/],
  ['a broken connection', (response) => response.destroy(), /fetch failed/],
  ['half an answer', (response) => response.writeHead(200).write('{"keys":['), /timeout|aborted/],
  ['text that is not JSON', (response) => response.end('<html>'), /^is not JSON$/],
  ['JSON that is not a key set', (response) => response.end('{"keys":1}'), /^jwks\.keys must be a list\.$/],
  ['no keys', (response) => response.end('{"keys":[]}'), /^has no key that can verify a token$/],
  ['a body over the limit', (response) => response.end(`"${'x'.repeat(HUGE)}"`), /^answered more than 262144 bytes$/],
];

describe('RemoteKeySet', () => {
  it('verifies with the keys that it has fetched', async () => {
    await start(NEVER_AGAIN);
    expect(await verify(old)).toBe('ada');
    expect(issuer.asked).toBe(1);
  });

  it('follows a rotation and drops keys that are no longer published', async () => {
    await start();
    issuer.publish(young);
    await until(() => verify(young), { what: 'the new key is known' });
    await expect(verify(old)).rejects.toMatchObject({ code: 'ERR_JWKS_NO_MATCHING_KEY' });
  });

  it('fetches at once for an unknown key if the cooldown is over', async () => {
    await start({ ...TIMING, jwksRefreshMs: 600_000, jwksCooldownMs: 150 });
    issuer.publish(old, young);
    await until(() => verify(young), { what: 'the key was asked for' });
    expect(issuer.asked).toBe(2);
  });

  it.each([-3_600_000, 3_600_000])('does so if the wall clock was set by %d ms meanwhile', async (aheadMs) => {
    await start({ ...NEVER_AGAIN, jwksCooldownMs: 150 });
    const token = await signedBy(young, { sub: 'ada' });
    const currentDate = new Date();
    const right = Date.now.bind(Date);
    jest.spyOn(Date, 'now').mockImplementation(() => right() + aheadMs);
    issuer.publish(old, young);
    await until(() => jwtVerify(token, keys.find, { currentDate }), { what: 'the key was asked for' });
    expect(issuer.asked).toBe(2);
  });

  it('does not fetch again and again for tokens with unknown keys', async () => {
    await start(NEVER_AGAIN);
    for (let i = 0; i < 20; i += 1) {
      await expect(verify({ ...old, kid: `kid-${i}` })).rejects.toMatchObject({ code: 'ERR_JWKS_NO_MATCHING_KEY' });
    }
    expect(issuer.asked).toBe(1);
  });

  it.each(FAULTS)('keeps its keys if the issuer answers with %s', async (_, answer, fault) => {
    await start();
    issuer.answer = answer;
    await until(() => fault.test(keys.fault ?? ''), { what: `the fault is reported as ${fault}` });
    expect(await verify(old)).toBe('ada');
    issuer.publish(old, young);
    await until(() => verify(young), { what: 'the issuer is well again' });
    expect(keys.fault).toBeUndefined();
  });

  it.each(FAULTS)(
    'says that it has no keys yet if the first answer is %s, and does not fetch more often',
    async (_, answer) => {
      issuer.answer = answer;
      await start(NEVER_AGAIN);
      for (let i = 0; i < 5; i += 1) {
        await expect(verify(old)).rejects.toMatchObject({ code: 'keys_unavailable', status: 503, retryable: true });
      }
      expect(issuer.asked).toBe(1);
    },
  );

  it('follows no redirect', async () => {
    const other = await IssuerRig.start(young);
    try {
      issuer.answer = (response) => response.writeHead(302, { location: other.url }).end(keySetOf(young));
      await start(NEVER_AGAIN);
      await expect(verify(young)).rejects.toMatchObject({ code: 'keys_unavailable' });
      expect(keys.fault).toBe('answered 302');
      expect(other.asked).toBe(0);
    } finally {
      await other.close();
    }
  });
});
