import { readFileSync } from 'node:fs';
import type { SecureContextOptions } from 'node:tls';
import type { Config } from '../config/config.js';

type TlsFiles = Pick<Config, 'redisTlsCaFile' | 'redisTlsCertFile' | 'redisTlsKeyFile'>;

/**
 * How a connection to Redis is secured. That its certificate is signed and names the host of `REDIS_URL` is always checked.
 * @throws Error where a file cannot be read.
 */
export function redisTlsOf({ redisTlsCaFile, redisTlsCertFile, redisTlsKeyFile }: TlsFiles): SecureContextOptions {
  return {
    minVersion: 'TLSv1.2',
    ...(redisTlsCaFile !== '' && { ca: readFileSync(redisTlsCaFile) }),
    ...(redisTlsCertFile !== '' && { cert: readFileSync(redisTlsCertFile), key: readFileSync(redisTlsKeyFile) }),
  };
}
