const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const [OPEN_BRACKET, CLOSE_BRACKET, OPEN_BRACE, CLOSE_BRACE] = [0x5b, 0x5d, 0x7b, 0x7d];

const isSpace = (code: number): boolean => code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;

/** Behind the string that begins at a place. */
function endOfString(text: string, from: number): number {
  let at = from + 1;
  for (let code = text.charCodeAt(at); code !== QUOTE; code = text.charCodeAt(at)) at += code === BACKSLASH ? 2 : 1;
  return at + 1;
}

/**
 * Goes through JSON text that a parser has taken, so nothing is checked again. It stands at a value, is moved over it, and keeps no state but its place:
 * a walk is as deep as who calls it lets it be.
 */
export class JsonScan {
  /** Where it stands, as an index into the text. */
  at = 0;
  /** Of the value it was moved over last: how deep its containers are nested. */
  depth = 0;
  /** Whether that has white space outside of its strings. */
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

  /** From the beginning of an object or array to its first key or item. @returns whether there is one. */
  enter(): boolean {
    this.at++;
    this.skipSpace();
    const code = this.text.charCodeAt(this.at);
    if (code !== CLOSE_BRACE && code !== CLOSE_BRACKET) return true;
    this.at++;
    return false;
  }

  /** From the end of a value to the next key or item. @returns whether there is one; if not, it stands behind the container. */
  next(): boolean {
    this.skipSpace();
    const isMore = this.text.charCodeAt(this.at++) === COMMA;
    if (isMore) this.skipSpace();
    return isMore;
  }

  /** From a key to its value. @returns the key. */
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

  /** Over a whole value. @returns its text. */
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

/** The text without white space outside of its strings. */
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
