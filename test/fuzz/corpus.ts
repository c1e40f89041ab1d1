import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { isUtf8 } from 'node:buffer';
import { join } from 'node:path';
import type { Input } from './targets/target.js';

const KEPT = fileURLToPath(new URL('corpus/', import.meta.url));

/** Input that once broke this server or breaks others; every test run replays it. */
export interface CorpusEntry {
  readonly name: string;
  readonly target: string;
  /** Subject of the case. */
  readonly about: string;
  readonly inputs: readonly Input[];
}

interface Written {
  target: string;
  about: string;
  /** Inputs of the case. `parts` is text as parts with their numbers of repetitions. */
  inputs: { kind: string; text?: string; base64?: string; parts?: [text: string, times: number][] }[];
}

export function readCorpus(): CorpusEntry[] {
  return readdirSync(KEPT)
    .filter((file) => file.endsWith('.json'))
    .map((file) => {
      const { target, about, inputs } = JSON.parse(readFileSync(join(KEPT, file), 'utf8')) as Written;
      return { name: file.slice(0, -'.json'.length), target, about, inputs: inputs.map(inputOf) };
    });
}

/** @returns the path of the written file. */
export async function writeEntry(folder: string, { name, target, about, inputs }: CorpusEntry): Promise<string> {
  await mkdir(folder, { recursive: true });
  const file = join(folder, `${name}.json`);
  await writeFile(file, `${JSON.stringify({ target, about, inputs: inputs.map(writtenOf) }, null, 2)}\n`);
  return file;
}

function inputOf({ kind, text, base64, parts = [] }: Written['inputs'][number]): Input {
  const repeated = parts.map(([part, times]) => part.repeat(times)).join('');
  return { kind, bytes: base64 === undefined ? Buffer.from(text ?? repeated) : Buffer.from(base64, 'base64') };
}

function writtenOf({ kind, bytes }: Input): Written['inputs'][number] {
  return { kind, ...(isUtf8(bytes) ? { text: bytes.toString() } : { base64: bytes.toString('base64') }) };
}
