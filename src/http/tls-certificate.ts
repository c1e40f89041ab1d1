import { readFileSync, unwatchFile, watchFile } from 'node:fs';
import type { Server } from 'node:https';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import { Logger } from '@nestjs/common';
import type { NodeSettings } from '../config/settings.js';

/**
 * The first group list that this runtime supports: Node 24 has the post-quantum group, Node 20 and
 * 22 may not.
 */
const GROUPS = ['X25519MLKEM768:X25519:P-256', 'X25519:P-256'];

/**
 * Mozilla's "intermediate" list, as in docker/nginx/parts/tls.conf; those of TLS 1.3 are Node's.
 */
const CIPHERS = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
].join(':');

type TlsFiles = Pick<NodeSettings, 'tlsCertFile' | 'tlsKeyFile' | 'tlsReloadMs'>;

/** Certificate and TLS options of the listener. */
export class TlsCertificate {
  private readonly logger = new Logger(TlsCertificate.name);

  constructor(private readonly files: TlsFiles) {}

  /** @throws Error if the files cannot be read or do not belong together. */
  read(): SecureContextOptions {
    const { tlsCertFile, tlsKeyFile } = this.files;
    const options: SecureContextOptions = {
      cert: readFileSync(tlsCertFile),
      key: readFileSync(tlsKeyFile),
      minVersion: 'TLSv1.2',
      ciphers: CIPHERS,
      ecdhCurve: GROUPS.find(isKnown),
    };
    createSecureContext(options);
    return options;
  }

  /**
   * Applies changed files to new handshakes; open connections are not affected. If they cannot be
   * used, it logs an error and keeps the old certificate.
   * @returns a function that stops it.
   */
  follow(server: Server): () => void {
    const { tlsCertFile, tlsKeyFile, tlsReloadMs } = this.files;
    const renew = (): void => {
      try {
        server.setSecureContext(this.read());
        this.logger.log({ msg: 'Reloaded the certificate' });
      } catch (error) {
        this.logger.error({ msg: 'The new certificate cannot be used; keeping the old one', error: String(error) });
      }
    };
    // Polls instead of watching, because a mounted file is often a link that is switched to another
    // target.
    for (const path of [tlsCertFile, tlsKeyFile]) watchFile(path, { interval: tlsReloadMs, persistent: false }, renew);
    return () => {
      for (const path of [tlsCertFile, tlsKeyFile]) unwatchFile(path, renew);
    };
  }
}

function isKnown(ecdhCurve: string): boolean {
  try {
    createSecureContext({ ecdhCurve });
    return true;
  } catch {
    // An unsupported group makes the runtime throw.
    return false;
  }
}
