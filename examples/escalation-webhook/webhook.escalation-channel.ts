import { type Escalation, EscalationChannel } from '../../src/index.js';

const TIMEOUT_MS = 5_000;

/** POSTs what nobody has acknowledged. The receiver tells repetitions by the `Idempotency-Key`. Not called by this release. */
export class WebhookEscalationChannel extends EscalationChannel {
  readonly name = 'webhook';

  constructor(private readonly url: string) {
    super();
  }

  async escalate({ key, ...about }: Escalation): Promise<void> {
    const response = await fetch(this.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': key },
      body: JSON.stringify(about),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    await response.arrayBuffer();
    if (!response.ok) throw new Error(`The webhook answered ${response.status}`);
  }
}
