import { request } from 'node:https';
import { connect } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { HandshakeRefused } from '../support/frame-socket.js';
import { NginxRig } from '../support/nginx-rig.js';
import { PostriderRig } from '../support/postrider-rig.js';
import type { Accepted } from '../support/rest-types.js';

describe('nginx with TLS', () => {
  let rig: PostriderRig;
  let nginx: NginxRig;
  let ca: string;

  beforeAll(async () => {
    rig = await PostriderRig.start();
    nginx = await NginxRig.start({ nodes: rig.servers.map(({ port }) => ({ port })), tls: true });
    ca = await nginx.certificate();
  });

  afterAll(async () => {
    await nginx?.stop();
    await rig?.close();
  });

  function post(path: string, body: unknown): Promise<{ status: number; hsts: string; text: string }> {
    const headers = { authorization: `Bearer ${rig.apiKey}`, 'content-type': 'application/json' };
    return new Promise((resolve, reject) => {
      const call = request(`${nginx.url}${path}`, { method: 'POST', ca, headers }, (answer) => {
        let text = '';
        answer.on('data', (chunk: Buffer) => (text += chunk.toString()));
        const hsts = answer.headers['strict-transport-security'] ?? '';
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, hsts, text }));
      });
      call.on('error', reject);
      call.end(JSON.stringify(body));
    });
  }

  it('carries a notification from POST to ack', async () => {
    const socket = await rig.socketAt(nginx.socketUrl, 'tess', { ca, origin: nginx.url });
    await socket.subscribed('user:tess');
    const { status, text, hsts } = await post('/v1/notifications', { to: { user: 'tess' }, type: 'note', data: 1 });
    expect(status).toBe(202);
    expect(hsts).toMatch(/^max-age=\d{8}/);
    const { id, offset } = await socket.notification('user:tess');
    expect(id).toBe((JSON.parse(text) as Accepted).id);
    await socket.request('ack', { topic: 'user:tess', offset }, 1);
  });

  it.each([
    ['TLSv1.3', true],
    ['TLSv1.2', true],
    ['TLSv1.1', false],
  ] as const)('%s: %s', async (version, taken) => {
    const options = { port: nginx.tlsPort, host: 'localhost', ca, minVersion: version, maxVersion: version };
    const spoken = await new Promise<string | null>((resolve) => {
      const socket = connect({ ...options, ciphers: 'DEFAULT@SECLEVEL=0' }, () => {
        resolve(socket.getProtocol());
        socket.destroy();
      });
      socket.on('error', () => resolve(null));
    });
    expect(spoken).toBe(taken ? version : null);
  });

  it('redirects pages to https and accepts neither keys nor tokens in the clear', async () => {
    const page = await fetch(`${nginx.plainUrl}/demo?a=1`, { redirect: 'manual' });
    expect(page.status).toBe(308);
    expect(page.headers.get('location')).toBe('https://127.0.0.1/demo?a=1');
    const refused = await fetch(`${nginx.plainUrl}/v1/notifications`, { method: 'POST', body: '{}' });
    expect(refused.status).toBe(403);
    expect(await refused.json()).toMatchObject({ code: 'forbidden', retryable: false });
    const inTheClear = rig.socketAt(`${nginx.plainUrl.replace('http', 'ws')}/ws`, 'tess');
    await expect(inTheClear).rejects.toThrow(HandshakeRefused);
  });
});
