import { execFile } from 'node:child_process';
import { mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];

/** Files of a certificate and its private key. */
export interface Issued {
  cert: string;
  key: string;
}

/** Certificate authority of a test, in a folder that `remove()` deletes. */
export class Certificates {
  private constructor(readonly dir: string) {}

  static async make(): Promise<Certificates> {
    const own = new Certificates(await mkdtemp(join(tmpdir(), 'postrider-tls-')));
    await run('openssl', ['req', '-x509', ...KEY, '-subj', '/CN=test CA', ...own.out('ca')]);
    return own;
  }

  get ca(): string {
    return join(this.dir, 'ca.pem');
  }

  /**
   * Issues a certificate for names such as `DNS:localhost,IP:127.0.0.1`; atomically replaces one
   * with the same file name.
   */
  async issue(file: string, names: string): Promise<Issued> {
    const signed = ['-CA', this.ca, '-CAkey', join(this.dir, 'ca.key'), '-addext', `subjectAltName=${names}`];
    await run('openssl', ['req', '-x509', ...KEY, '-subj', `/CN=${file}`, ...signed, ...this.out(`new-${file}`)]);
    for (const end of ['key', 'pem']) await rename(this.path(`new-${file}`, end), this.path(file, end));
    return { cert: this.path(file, 'pem'), key: this.path(file, 'key') };
  }

  remove(): Promise<void> {
    return rm(this.dir, { recursive: true, force: true });
  }

  private path(file: string, end: string): string {
    return join(this.dir, `${file}.${end}`);
  }

  private out(file: string): string[] {
    return ['-keyout', this.path(file, 'key'), '-out', this.path(file, 'pem')];
  }
}
