/** Reads nothing: the script replies with nothing that its callers need. */
export const nothing = (): void => undefined;

export function listOf(reply: unknown): readonly unknown[] {
  return Array.isArray(reply) ? reply : [];
}

export function stringsOf(reply: unknown): string[] {
  return listOf(reply).map(String);
}

/** A flat list of pairs, as hashes are replied. */
export function pairsOf(reply: unknown): Map<string, string> {
  return new Map(rowsOf(reply, 2).map(([key = '', value = '']): [string, string] => [key, value]));
}

/** A flat list of rows of so many words; what is left over at its end is no row. */
export function rowsOf(reply: unknown, width: number): string[][] {
  const words = stringsOf(reply);
  const rows: string[][] = [];
  for (let at = 0; at + width <= words.length; at += width) rows.push(words.slice(at, at + width));
  return rows;
}

/** Whether the script says 1. */
export const isOne = (reply: unknown): boolean => Number(reply) === 1;
