import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import ts from 'typescript';
import { codeBlocks, type CodeBlock, ROOT } from '../support/code-blocks.js';

/** Declarations that the code blocks leave to the reader. */
const LEFT_OUT = `
  declare const show: (type: string, data: unknown) => void;
  declare const update: (data: unknown) => void;
  declare const url: string;
  declare const token: () => string;
  declare const app: { get(path: string, handler: (request: Asked, response: Answer) => unknown): void };
  interface Asked { session: { userId: string }; headers: Record<string, string | undefined>; url: string }
  interface Answer { type(name: string): Answer; send(body: string): void }
  declare const client: import('@postrider/client').Postrider;
  declare const useEffect: typeof import('react').useEffect;
  declare const postrider: import('@postrider/server').PostriderServer;
  declare const id: string;
  declare const order: { id: string };
  declare const body: import('@postrider/server').NotificationBody;
  declare const OpaqueAuthenticator: typeof import('../examples/authenticator-opaque/opaque-authenticator.js').OpaqueAuthenticator;
  declare const RoomTopicAuthorizer: typeof import('../examples/topic-authorizer-rooms/room-topic-authorizer.js').RoomTopicAuthorizer;
  declare const TeamRecipientResolver: typeof import('../examples/recipient-resolver-teams/team-recipient-resolver.js').TeamRecipientResolver;
  declare const AuditHook: typeof import('../examples/accept-hook-audit/audit-hook.js').AuditHook;
  declare const LicenseReadiness: typeof import('../examples/readiness-license/license-readiness.js').LicenseReadiness;
  declare const licenseEnding: (endsAtMs: number) => import('../examples/readiness-license/license-readiness.js').LicenseReadiness;
  declare const OrdersModule: new () => object;
  declare const TokenModule: typeof import('../examples/authenticator-opaque/token.module.js').TokenModule;
  declare const RoomModule: typeof import('../examples/topic-authorizer-rooms/room.module.js').RoomModule;
  declare const TeamModule: typeof import('../examples/recipient-resolver-teams/team.module.js').TeamModule;
  declare const AuditModule: typeof import('../examples/accept-hook-audit/audit.module.js').AuditModule;
  declare const LicenseModule: typeof import('../examples/readiness-license/license.module.js').LicenseModule;
`;

const LANGUAGES = new Set(['js', 'jsx', 'ts', 'tsx']);
const language = ({ info }: CodeBlock): string => info.split(' ')[0] ?? '';
/**
 * Returns the folder of a TypeScript block: that of the file that it names, or the tests' for a
 * team's own project.
 */
const folderOf = ({ document }: CodeBlock): string =>
  document === 'docs/fault-matrix.md' ? 'test/fault/rows' : 'test/contract';

/** Code blocks to compile. The README's blocks run unchanged in `test/browser/readme.spec.ts`. */
const blocks = codeBlocks().filter((block) => LANGUAGES.has(language(block)) && block.document !== 'README.md');
const files = blocks.map((block, index) => join(ROOT, folderOf(block), `documented.${index}.${language(block)}`));
const AMBIENT = join(ROOT, 'src/documented.d.ts');
const virtual = new Map<string, string>([
  [AMBIENT, LEFT_OUT],
  ...blocks.map(({ text }, index): [string, string] => [files[index] ?? '', `${text}\nexport {};\n`]),
]);

function program(): ts.Program {
  const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    lib: ['lib.es2023.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts', 'lib.dom.asynciterable.d.ts'],
    types: ['node'],
    jsx: ts.JsxEmit.ReactJSX,
    allowJs: true,
    checkJs: true,
    noEmit: true,
    // As for readers who write JavaScript.
    strict: false,
    skipLibCheck: true,
    experimentalDecorators: true,
    emitDecoratorMetadata: true,
    paths: {
      postrider: [join(ROOT, 'src/index.ts')],
      'postrider/testing': [join(ROOT, 'src/testing/index.ts')],
      '@postrider/client': [join(ROOT, 'clients/js/src/index.ts')],
      '@postrider/client/file-store': [join(ROOT, 'clients/js/src/file-store.ts')],
      '@postrider/server': [join(ROOT, 'clients/node-server/src/index.ts')],
    },
  };
  const host = ts.createCompilerHost(options);
  const { readFile, fileExists, getSourceFile } = host;
  host.readFile = (path) => virtual.get(path) ?? readFile.call(host, path);
  host.fileExists = (path) => virtual.has(path) || fileExists.call(host, path);
  host.getSourceFile = (path, version, ...rest) => {
    const text = virtual.get(path);
    return text === undefined
      ? getSourceFile.call(host, path, version, ...rest)
      : ts.createSourceFile(path, text, version);
  };
  return ts.createProgram([...files, AMBIENT], options, host);
}

describe('the code of the documents', () => {
  const checked = program();

  it.each(blocks.map(({ document, info }, index) => ({ document, info, index })))(
    '$document $info, block $index, compiles',
    ({ index }) => {
      const source = checked.getSourceFile(files[index] ?? '');
      expect(source).toBeDefined();
      const found = [...checked.getSyntacticDiagnostics(source), ...checked.getSemanticDiagnostics(source)];
      expect(found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))).toEqual([]);
    },
  );

  it.each(codeBlocks().filter(({ info }) => info.split(' ')[0] === 'json'))(
    '$document json: $text is JSON',
    ({ text }) => {
      expect(() => JSON.parse(text) as unknown).not.toThrow();
    },
  );
});
