/** Ignores a reply that no caller needs. */
export const nothing = (): void => undefined;

export function listOf(reply: unknown): readonly unknown[] {
  return Array.isArray(reply) ? reply : [];
}

export function stringsOf(reply: unknown): string[] {
  return listOf(reply).map(String);
}

/** Reads a flat list of pairs, which is how Redis returns hashes. */
export function pairsOf(reply: unknown): Map<string, string> {
  return new Map(rowsOf(reply, 2).map(([key = '', value = '']): [string, string] => [key, value]));
}

/** Reads a flat list of rows with `width` columns; an incomplete row at the end is dropped. */
export function rowsOf(reply: unknown, width: number): string[][] {
  const words = stringsOf(reply);
  const rows: string[][] = [];
  for (let at = 0; at + width <= words.length; at += width) rows.push(words.slice(at, at + width));
  return rows;
}

/** True if the script returned 1. */
export const isOne = (reply: unknown): boolean => Number(reply) === 1;
