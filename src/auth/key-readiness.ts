import { Injectable } from '@nestjs/common';
import { ReadinessCheck, type ReadinessResult } from '../contract/readiness-check.port.js';
import { Metrics } from '../observability/metrics.js';
import { KeyFile } from './key-file.js';
import { PublicKeys } from './public-keys.js';

/**
 * Reports sources of keys that cannot be read. The process stays ready, since the previous keys
 * stay valid and an invalid file is invalid on every node at once.
 */
@Injectable()
export class KeyReadiness extends ReadinessCheck {
  readonly name = 'keys';

  constructor(
    private readonly file: KeyFile,
    private readonly publicKeys: PublicKeys,
    metrics: Metrics,
  ) {
    super();
    const help = 'Sources of keys (API_KEYS_FILE, JWKS_FILE or JWKS_URL) that could not be read the last time';
    metrics.sampled('key_sources_failing', help, () => this.faults.length, 'max');
  }

  async check(): Promise<ReadinessResult> {
    const { faults } = this;
    return { ready: true, ...(faults.length > 0 && { detail: faults.join('; ') }) };
  }

  private get faults(): string[] {
    const { fault: ofFile } = this.file;
    const { fault: ofKeys } = this.publicKeys;
    return [
      ...(ofFile === undefined ? [] : ['API_KEYS_FILE cannot be read']),
      ...(ofKeys === undefined ? [] : ['the public keys of client tokens cannot be read']),
    ];
  }
}
