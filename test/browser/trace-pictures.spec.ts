import { randomBytes } from 'node:crypto';
import { mkdir, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { BrowserRig } from '../support/browser-rig.js';
import { OtlpReceiver } from '../support/otlp-receiver.js';
import { PostriderRig } from '../support/postrider-rig.js';
import type { NotificationBody } from '../support/rest-types.js';
import { tracePage } from '../support/trace-picture.js';
import { until } from '../support/wait.js';

const DOCS = fileURLToPath(new URL('../../docs/screenshots/', import.meta.url));
const MAX_BYTES = 200_000;

/**
 * Pictures of docs/tracing.md, drawn from the spans that a collector receives, and only saved with
 * `UPDATE_DOCS=1`.
 */
describe('pictures of traces', () => {
  let rig: PostriderRig;
  let browser: BrowserRig;
  let receiver: OtlpReceiver;
  let folder: string;

  beforeAll(async () => {
    folder = process.env['UPDATE_DOCS'] ? DOCS : join(tmpdir(), `postrider-pictures-${process.pid}`);
    await mkdir(folder, { recursive: true });
    receiver = await OtlpReceiver.start();
    const env = { TRACE_URL: receiver.url, TRACE_SAMPLE_RATIO: '0' };
    [rig, browser] = await Promise.all([PostriderRig.start({ nodes: 2, env }), BrowserRig.start()]);
    // Warms up, because code is slow when it runs for the first time.
    await rig.client('maya', { node: 1 }).open();
    for (let n = 0; n < 200; n++)
      await publish(randomBytes(16).toString('hex'), { to: { user: 'maya' }, type: 'a', data: n });
  });

  afterAll(async () => {
    await browser?.close();
    await rig?.close();
    receiver?.stop();
  });

  const publish = async (traceId: string, body: NotificationBody): Promise<void> => {
    const headers = { traceparent: `00-${traceId}-${'b'.repeat(16)}-01` };
    const { status } = await rig.rest(0).post('/v1/notifications', body, { headers });
    expect(status).toBe(202);
  };

  const CASES: readonly [name: string, title: string, body: NotificationBody, last: string][] = [
    ['ack', 'From the POST to the ack', { to: { user: 'maya' }, type: 'order.shipped', data: { order: 4711 } }, 'ack'],
    [
      'dead-letter',
      'A client that never acknowledges',
      { to: { user: 'mute' }, type: 'order.shipped', data: { order: 4711 }, ackWaitMs: 300, maxAttempts: 3 },
      'dead_letter',
    ],
  ];

  it.each(CASES)('%s', async (name, title, body, last) => {
    if (name === 'dead-letter') await (await rig.socket('mute', { node: 1 })).subscribed('user:mute');
    const traceId = randomBytes(16).toString('hex');
    await publish(traceId, body);
    const names = (): string[] => receiver.ofTrace(traceId).map((span) => span.name);
    await until(
      () => names().includes(last) && names().includes('POST /v1/notifications') && names().includes('deliver'),
    );
    const page = await browser.open('about:blank', { viewport: { width: 1100, height: 120 } });
    await page.setContent(tracePage(title, receiver.ofTrace(traceId)));
    expect((await page.locator('tr').count()) - 1).toBe(names().length);
    for (const one of new Set(names())) await page.getByText(one, { exact: false }).first().waitFor();
    const path = join(folder, `trace-${name}.png`);
    await page.screenshot({ path, fullPage: true });
    expect((await stat(path)).size).toBeLessThan(MAX_BYTES);
    await page.close();
  });
});
