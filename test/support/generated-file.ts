import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Compares a checked-in generated file with its new content. `UPDATE_DOCS=1` writes it. */
export async function generatedFile(path: string, content: string): Promise<{ is: string; shouldBe: string }> {
  const file = join(ROOT, path);
  const shouldBe = await format(content, { ...(await resolveConfig(file)), filepath: file });
  if (process.env['UPDATE_DOCS'] === '1') await writeFile(file, shouldBe);
  return { is: await readFile(file, 'utf8'), shouldBe };
}
