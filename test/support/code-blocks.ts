import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

export interface CodeBlock {
  /** Path of the document, from the root of the project. */
  readonly document: string;
  /** Text after the fence: a language, and perhaps a file name. */
  readonly info: string;
  readonly text: string;
}

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

/** Lists the Markdown files that people read, from the root of the project. */
export function documents(): string[] {
  const found = ['docs', 'examples', 'clients/js', 'clients/node-server'].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.md') && !/(^|\/)(node_modules|dist|docs)\//.test(file))
      .map((file) => join(folder, file)),
  );
  return [...found, 'README.md', 'SECURITY.md', 'CONTRIBUTING.md'].toSorted();
}

/** Lists the fenced blocks with a language, in order. */
export function codeBlocks(): CodeBlock[] {
  return documents().flatMap((document) =>
    [...read(document).matchAll(/^```(.+)\n([^]*?)^```$/gm)].map(([, info = '', text = '']) => ({
      document,
      info,
      text,
    })),
  );
}

/** Lists every command that starts with `npm`, `npx` or `node`, in blocks and in sentences. */
export function nodeCommands(): { document: string; command: string }[] {
  const ofBlocks = codeBlocks()
    .filter(({ info }) => info === 'sh')
    .flatMap(({ document, text }) => text.split('\n').map((command) => ({ document, command })));
  const inSentences = documents().flatMap((document) =>
    [...read(document).matchAll(/`((?:npm|npx|node) [^`\n]+)`/g)].map(([, command = '']) => ({ document, command })),
  );
  return [...ofBlocks, ...inSentences]
    .map(({ document, command }) => ({
      document,
      command: command
        .replace(/^(?:[A-Z_]+=\S+ )+/, '')
        .replace(/\s+#.*$/, '')
        .trim(),
    }))
    .filter(({ command }) => /^(?:npm|npx|node) [a-z]/.test(command));
}
