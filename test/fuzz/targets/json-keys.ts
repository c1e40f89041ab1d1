import { createScanner } from 'jsonc-parser';

/** Maximum depth of Postrider's own fields. */
const MAX_DEPTH = 8;

interface Level {
  /** Keys of an object; undefined for an array. */
  readonly keys?: Set<string>;
  /** Key whose value is being read; `*` for an item of an array. */
  at: string;
}

/**
 * Finds keys that two readers may interpret differently: duplicates and `__proto__`.
 * @param text valid JSON.
 * @param free paths of values whose keys are ignored, such as `data` or `notifications.*`.
 */
export function hasDoubtfulKey(text: string, free: ReadonlySet<string>): boolean {
  const scanner = createScanner(text, true);
  const levels: Level[] = [];
  let isKeyDue = false;
  for (scanner.scan(); scanner.getTokenLength() > 0; scanner.scan()) {
    const first = text[scanner.getTokenOffset()];
    const level = levels.at(-1);
    if (first === '{') levels.push({ keys: new Set(), at: '' });
    else if (first === '[') levels.push({ at: '*' });
    else if (first === '}' || first === ']') levels.pop();
    else if (first === '"' && isKeyDue && level?.keys) {
      level.at = scanner.getTokenValue();
      const isOwn = levels.length <= MAX_DEPTH && !isFree(levels.slice(0, -1), free);
      if (isOwn && (level.at === '__proto__' || level.keys.has(level.at))) return true;
      level.keys.add(level.at);
    }
    isKeyDue = first === '{' || (first === ',' && level?.keys !== undefined);
  }
  return false;
}

const isFree = (outer: readonly Level[], free: ReadonlySet<string>): boolean =>
  outer.some((_, depth) =>
    free.has(
      outer
        .slice(0, depth + 1)
        .map(({ at }) => at)
        .join('.'),
    ),
  );
