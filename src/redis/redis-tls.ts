import { readFileSync } from 'node:fs';
import type { SecureContextOptions } from 'node:tls';
import type { RedisSettings } from '../config/settings.js';

type TlsFiles = Pick<RedisSettings, 'redisTlsCaFile' | 'redisTlsCertFile' | 'redisTlsKeyFile'>;

/**
 * TLS options of connections to Redis. The certificate is always verified, including the host of
 * `REDIS_URL`.
 * @throws Error if a file cannot be read.
 */
export function redisTlsOf({ redisTlsCaFile, redisTlsCertFile, redisTlsKeyFile }: TlsFiles): SecureContextOptions {
  return {
    minVersion: 'TLSv1.2',
    ...(redisTlsCaFile !== '' && { ca: readFileSync(redisTlsCaFile) }),
    ...(redisTlsCertFile !== '' && { cert: readFileSync(redisTlsCertFile), key: readFileSync(redisTlsKeyFile) }),
  };
}
