const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const [OPEN_BRACKET, CLOSE_BRACKET, OPEN_BRACE, CLOSE_BRACE] = [0x5b, 0x5d, 0x7b, 0x7d];

const isSpace = (code: number): boolean => code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;

/** Index after the string that begins at `from`. */
function endOfString(text: string, from: number): number {
  let at = text.indexOf('"', from + 1);
  while (isEscaped(text, at)) at = text.indexOf('"', at + 1);
  return at + 1;
}

/** True if the character follows an odd number of backslashes. */
function isEscaped(text: string, at: number): boolean {
  let first = at;
  while (text.charCodeAt(first - 1) === BACKSLASH) first--;
  return (at - first) % 2 === 1;
}

/**
 * Walks through JSON text that a parser has already accepted, so it checks nothing. Its only state
 * is its position, so the caller decides how deep a walk goes.
 */
export class JsonScan {
  /** Index into the text. */
  at = 0;
  /** Nesting depth of the value that was skipped last. */
  depth = 0;
  /** True if that value has white space outside of its strings. */
  isSpaced = false;

  constructor(readonly text: string) {
    this.skipSpace();
  }

  get isAtObject(): boolean {
    return this.text.charCodeAt(this.at) === OPEN_BRACE;
  }

  get isAtArray(): boolean {
    return this.text.charCodeAt(this.at) === OPEN_BRACKET;
  }

  get isAtString(): boolean {
    return this.text.charCodeAt(this.at) === QUOTE;
  }

  /**
   * Moves from the start of a container to its first key or item.
   * @returns false if it is empty.
   */
  enter(): boolean {
    this.at++;
    this.skipSpace();
    const code = this.text.charCodeAt(this.at);
    if (code !== CLOSE_BRACE && code !== CLOSE_BRACKET) return true;
    this.at++;
    return false;
  }

  /**
   * Moves from the end of a value to the next key or item.
   * @returns false, and moves past the container, if there is none.
   */
  next(): boolean {
    this.skipSpace();
    const isMore = this.text.charCodeAt(this.at++) === COMMA;
    if (isMore) this.skipSpace();
    return isMore;
  }

  /**
   * Moves from a key to its value.
   * @returns the key.
   */
  key(): string {
    const from = this.at;
    this.at = endOfString(this.text, from);
    const plain = this.text.slice(from + 1, this.at - 1);
    const key = plain.includes('\\') ? String(JSON.parse(`"${plain}"`)) : plain;
    this.skipSpace();
    this.at++;
    this.skipSpace();
    return key;
  }

  /**
   * Moves past a whole value.
   * @returns its text.
   */
  value(): string {
    const from = this.at;
    this.skipValue();
    return this.text.slice(from, this.at);
  }

  skipValue(): void {
    const { text } = this;
    const { length } = text;
    let { at } = this;
    let depth = 0;
    let deepest = 0;
    let isSpaced = false;
    for (; at < length; at++) {
      const code = text.charCodeAt(at);
      if (code === QUOTE) {
        at = endOfString(text, at);
        if (depth === 0) break;
        at--;
      } else if (code === OPEN_BRACE || code === OPEN_BRACKET) {
        if (++depth > deepest) deepest = depth;
      } else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) {
        if (depth === 0) break;
        if (--depth === 0) {
          at++;
          break;
        }
      } else if (isSpace(code)) {
        if (depth === 0) break;
        isSpaced = true;
      } else if (depth === 0 && code === COMMA) break;
    }
    this.at = at;
    this.depth = deepest;
    this.isSpaced = isSpaced;
  }

  skipSpace(): void {
    while (isSpace(this.text.charCodeAt(this.at))) this.at++;
  }
}

/** Removes white space outside of strings. */
export function compact(text: string): string {
  const scan = new JsonScan(text);
  let out = '';
  let from = scan.at;
  while (scan.at < text.length) {
    const code = text.charCodeAt(scan.at);
    if (code === QUOTE) scan.skipValue();
    else if (isSpace(code)) {
      out += text.slice(from, scan.at);
      scan.skipSpace();
      from = scan.at;
    } else scan.at++;
  }
  return out + text.slice(from);
}
