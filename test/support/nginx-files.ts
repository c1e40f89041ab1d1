import { chmod, cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Folder of the shipped configuration. */
export const SHIPPED = fileURLToPath(new URL('../../docker/nginx/', import.meta.url));

export const STRATEGIES = ['least-conn', 'round-robin', 'ip-hash'] as const;
export type Strategy = (typeof STRATEGIES)[number];

export interface NginxNode {
  port: number;
  /** Port of the operators' endpoints, if separate. */
  adminPort?: number;
  weight?: number;
  backup?: boolean;
}

export interface NginxSettings {
  nodes: readonly NginxNode[];
  strategy?: Strategy;
  /** True for HTTPS on the rig's TLS port, and the redirect on the other port. */
  tls?: boolean;
  /** Network of a proxy in front, whose `X-Forwarded-For` is trusted. */
  trusts?: string;
  /** Time for which a failed node gets no requests, instead of the shipped value. */
  failTimeout?: string;
  /**
   * Values that replace the shipped ones, by directive, such as `{ worker_shutdown_timeout: '1s'
   * }`.
   */
  set?: Readonly<Record<string, string>>;
}

interface Place {
  dir: string;
  port: number;
  tlsPort: number;
}

/** Writes the shipped files into a folder, changing only addresses, paths and configured values. */
export async function writeFiles({ dir, port, tlsPort }: Place, settings: NginxSettings): Promise<void> {
  const { strategy = 'least-conn', tls = false, trusts, set = {} } = settings;
  await cp(SHIPPED, dir, { recursive: true });
  // Workers run as another user if the master runs as root.
  await chmod(dir, 0o711);
  const edit = editorOf(dir);
  await edit('strategy.conf', /strategies\/least-conn\.conf/g, `strategies/${strategy}.conf`);
  if (tls) await edit('entry.conf', /entries\/http\.conf/g, 'entries/https.conf');
  await edit('nginx.conf', /^http \{/gm, `http {\n${temporary(dir)}`);
  for (const file of ['nginx.conf', 'parts/log.conf']) await edit(file, /\/var\/log\/nginx\//g, `${dir}/`);
  await edit('entries/http.conf', /listen 80 /g, `listen 127.0.0.1:${port} `);
  await edit('entries/https.conf', /listen 80 /g, `listen 127.0.0.1:${port} `);
  await edit('entries/https.conf', /listen 443 /g, `listen 127.0.0.1:${tlsPort} `);
  if (trusts) await edit('parts/real-ip.conf', /# (.*)192\.0\.2\.0\/24/g, `$1${trusts}`);
  await writeFile(join(dir, 'nodes/operators.conf'), settings.nodes.map(operatorsAt).join(''));
  for (const group of ['sockets', 'requests']) await rewriteServers(join(dir, 'nodes', `${group}.conf`), settings);
  for (const [directive, value] of Object.entries(set)) await replaceValue(dir, directive, value);
}

const operatorsAt = ({ port, adminPort = port }: NginxNode): string => `server 127.0.0.1:${adminPort};\n`;

type Edit = (file: string, found: RegExp, replacement: string) => Promise<void>;

function editorOf(dir: string): Edit {
  return async (file, found, replacement) => {
    const path = join(dir, file);
    const before = await readFile(path, 'utf8');
    if (before.search(found) < 0) throw new Error(`nothing like ${String(found)} in ${file}`);
    await writeFile(path, before.replaceAll(found, replacement));
  };
}

/** Directives with the folders for bodies and answers that do not fit into memory. */
function temporary(dir: string): string {
  const kinds = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  return kinds.map((kind) => `    ${kind}_temp_path ${dir}/${kind};`).join('\n');
}

/**
 * Adds each node wherever the shipped files name the first one: as a server, and as its own backup.
 */
async function rewriteServers(path: string, { nodes, strategy, failTimeout }: NginxSettings): Promise<void> {
  const text = await readFile(path, 'utf8');
  const [, shipped = ''] = /^server \S+ weight=\d+(.*);$/m.exec(text) ?? [];
  const asBackup = /^server \S+( backup.*);$/m.exec(text)?.[1];
  const again = strategy === 'ip-hash' ? undefined : asBackup;
  const own = failTimeout ? shipped.replace(/fail_timeout=\S+/, `fail_timeout=${failTimeout}`) : shipped;
  const lines = nodes.flatMap(({ port, weight = 1, backup = false }) => {
    const server = `server 127.0.0.1:${port}`;
    if (backup) return [`${server} weight=${weight}${asBackup ?? ` backup${shipped}`};`];
    return [`${server} weight=${weight}${own};`, ...(again ? [`${server}${again};`] : [])];
  });
  await writeFile(path, `${lines.join('\n')}\n`);
}

async function replaceValue(dir: string, directive: string, value: string): Promise<void> {
  const found = new RegExp(String.raw`^(\s*${directive}) [^;]+;`, 'gm');
  const files = (await readdir(dir, { recursive: true })).filter((file) => file.endsWith('.conf'));
  let changed = 0;
  for (const file of files) {
    const path = join(dir, file);
    const before = await readFile(path, 'utf8');
    const after = before.replaceAll(found, `$1 ${value};`);
    if (after !== before) changed += 1;
    await writeFile(path, after);
  }
  if (changed === 0) throw new Error(`no directive ${directive} to set to ${value}`);
}
