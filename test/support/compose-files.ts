import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

export interface ComposeService {
  image?: string;
  build?: string | { context: string; dockerfile?: string };
  command?: string | string[];
  user?: string;
  read_only?: boolean;
  cap_drop?: string[];
  security_opt?: string[];
  restart?: string;
  environment?: Record<string, string | number>;
  volumes?: string[];
  networks?: string[];
  ports?: string[];
  secrets?: string[];
  profiles?: string[];
  healthcheck?: object;
  stop_grace_period?: string;
  depends_on?: string[] | Record<string, { condition: string }>;
  deploy?: { resources?: { limits?: { memory?: string } } };
  develop?: { watch: { path: string }[] };
  /** Base folder of its relative paths. */
  folder: string;
}

export interface ComposeModel {
  services: Record<string, ComposeService>;
  networks: Record<string, object | null>;
  volumes: Record<string, object | null>;
  secrets: Record<string, { file?: string; environment?: string }>;
}

/** Lists the Compose files of the repository, from its root. */
export function composeFiles(): string[] {
  const files = readdirSync(join(ROOT, 'docker'), { recursive: true, encoding: 'utf8' });
  return files.filter((file) => /(^|\/)compose(\.\w+)?\.yaml$/.test(file)).map((file) => join('docker', file));
}

/** Reads one file with its anchors resolved. */
function readCompose(file: string): unknown {
  return parse(readFileSync(join(ROOT, file), 'utf8'), { merge: true });
}

/**
 * Resolves a file as an engine does: includes merged, and each `${NAME…}` replaced.
 * @throws Error if a required variable is missing.
 */
export function composeModel(file: string, env: Readonly<Record<string, string>>): ComposeModel {
  const own = interpolate(readCompose(file), env) as Partial<ComposeModel> & { include?: string[] };
  const folder = dirname(join(ROOT, file));
  const included = (own.include ?? []).map((path) => composeModel(relative(ROOT, resolve(folder, path)), env));
  const services = Object.entries(own.services ?? {}).map(([name, service]) => [name, { ...service, folder }]);
  const all = [...included, { ...own, services: Object.fromEntries(services) }] as Partial<ComposeModel>[];
  return {
    services: Object.assign({}, ...all.map((model) => model.services)),
    networks: Object.assign({}, ...all.map((model) => model.networks)),
    volumes: Object.assign({}, ...all.map((model) => model.volumes)),
    secrets: Object.assign({}, ...all.map((model) => model.secrets)),
  };
}

function interpolate(value: unknown, env: Readonly<Record<string, string>>): unknown {
  if (Array.isArray(value)) return value.map((item) => interpolate(item, env));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, interpolate(item, env)]));
  }
  if (typeof value !== 'string') return value;
  return value.replaceAll(
    /\$(\$|\{(\w+)(?::([-?])([^}]*))?\})/g,
    (_, all: string, name: string, kind: string, rest) => {
      if (all === '$') return '$';
      if (env[name]) return env[name];
      if (kind === '?') throw new Error(`${name} is not set: ${rest}`);
      return (rest as string | undefined) ?? '';
    },
  );
}
