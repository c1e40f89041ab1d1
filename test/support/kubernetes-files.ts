import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import ts from 'typescript';
import { parseAllDocuments } from 'yaml';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const SHIPPED = join(ROOT, 'docker/k8s');
/** Path of kubectl, which `npm test` finds or installs. */
const KUBECTL = process.env['KUBECTL_BIN'] ?? 'kubectl';
const run = promisify(execFile);

export interface Resource {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; labels?: Record<string, string> };
}

/**
 * Returns the resources that `kubectl apply -k` would send for an overlay, with the example
 * secrets.
 */
export async function render(overlay: string): Promise<Resource[]> {
  const dir = await mkdtemp(join(tmpdir(), 'postrider-k8s-'));
  try {
    await cp(SHIPPED, dir, { recursive: true });
    const example = await readFile(join(dir, 'base/secrets.env.example'), 'utf8');
    const secret = (bytes = 16): string => randomBytes(bytes).toString('hex');
    await writeFile(
      join(dir, 'base/secrets.env'),
      example.replace(/:password@|[\w-]+-characters-or-more/g, (text) =>
        text.startsWith(':') ? `:${secret(4)}@` : secret(),
      ),
    );
    const { stdout, stderr } = await run(KUBECTL, ['kustomize', join(dir, 'overlays', overlay)]);
    if (stderr) throw new Error(stderr);
    return parseAllDocuments(stdout).map((document) => document.toJS() as Resource);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

const packageOf = ({ apiVersion }: Resource): string =>
  apiVersion.startsWith('monitoring.coreos.com/')
    ? `@kubernetes-models/prometheus-operator/${apiVersion}`
    : `kubernetes-models/${apiVersion}`;

interface Model {
  /** @throws Error naming each invalid field. */
  validate(): void;
}

/** Returns the schema violations of a resource. The schema allows unknown fields: see `misfits`. */
export async function complaints(resource: Resource): Promise<string[]> {
  const models = (await import(packageOf(resource))) as Record<string, new (data: object) => Model>;
  const Type = models[resource.kind];
  if (!Type) return [`no schema of ${resource.apiVersion} ${resource.kind}`];
  try {
    new Type(resource).validate();
    return [];
  } catch (error) {
    return [`${resource.kind} ${resource.metadata.name}: ${String(error)}`];
  }
}

/**
 * Finds fields unknown to Kubernetes, such as misspelled ones, by compiling the resources as
 * TypeScript against its types.
 */
export function misfits(resources: readonly Resource[]): string[] {
  const path = join(ROOT, 'docker/k8s/rendered.ts');
  const lines = resources.map((resource, index) => {
    const type = `import(${JSON.stringify(packageOf(resource))}).I${resource.kind}`;
    return `export const resource${index}: ${type} = ${JSON.stringify(resource)};`;
  });
  const options = { noEmit: true, strict: true, skipLibCheck: true, module: ts.ModuleKind.NodeNext, types: [] };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists, readFile } = host;
  const text = lines.join('\n');
  host.fileExists = (name) => name === path || fileExists(name);
  host.readFile = (name) => (name === path ? text : readFile(name));
  host.getSourceFile = (name, target) =>
    name === path ? ts.createSourceFile(name, text, target) : getSourceFile(name, target);
  const found = ts.getPreEmitDiagnostics(ts.createProgram([path], options, host));
  return found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}
