/** Position and reason of a JSON error. */
export interface JsonFault {
  /** Line and column, counted from 1. */
  line: number;
  column: number;
  message: string;
}

const SPACE = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /true|false|null/y;
// oxlint-disable-next-line no-control-regex
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const CLOSED = { '{': '}', '[': ']' } as const;

/**
 * Returns the first error of a text, or undefined if it is valid JSON. Error texts differ between
 * browsers, and not all of them name the line.
 */
export function jsonFault(text: string): JsonFault | undefined {
  const message = new Reader(text).read();
  if (message === undefined) return undefined;
  const before = text.slice(0, message.at).split('\n');
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1, message: message.text };
}

interface Fault {
  at: number;
  text: string;
}

/** Walks the text without recursion, so any nesting works. */
class Reader {
  private at = 0;

  constructor(private readonly text: string) {}

  read(): Fault | undefined {
    const open: ('{' | '[')[] = [];
    let expectsValue = true;
    for (;;) {
      this.take(SPACE);
      if (expectsValue) {
        const bracket = this.text[this.at];
        if (bracket === '{' || bracket === '[') {
          this.at++;
          open.push(bracket);
          this.take(SPACE);
          if (this.text[this.at] !== CLOSED[bracket]) {
            const fault = this.key(bracket);
            if (fault) return fault;
            continue;
          }
        } else {
          const fault = this.scalar();
          if (fault) return fault;
          expectsValue = false;
          continue;
        }
      }
      expectsValue = false;
      const bracket = open.at(-1);
      if (!bracket) return this.at === this.text.length ? undefined : this.fault('nothing may follow here');
      const next = this.text[this.at];
      if (next === CLOSED[bracket]) {
        this.at++;
        open.pop();
      } else if (next === ',') {
        this.at++;
        this.take(SPACE);
        const fault = this.key(bracket);
        if (fault) return fault;
        expectsValue = true;
      } else {
        return this.fault(`a comma or "${CLOSED[bracket]}" is missing`);
      }
    }
  }

  /** Reads a name and its colon. */
  private key(bracket: '{' | '['): Fault | undefined {
    if (bracket === '[') return undefined;
    if (this.text[this.at] !== '"') return this.fault('a name in double quotes is missing');
    if (!this.take(STRING)) return this.fault('the text in quotes is not valid or not closed');
    this.take(SPACE);
    if (this.text[this.at] !== ':') return this.fault('a colon is missing');
    this.at++;
    return undefined;
  }

  private scalar(): Fault | undefined {
    const first = this.text[this.at];
    if (first === '"')
      return this.take(STRING) ? undefined : this.fault('the text in quotes is not valid or not closed');
    return this.take(NUMBER) || this.take(WORD) ? undefined : this.fault('a value is missing');
  }

  private take(pattern: RegExp): boolean {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text);
    if (!found) return false;
    this.at += found[0].length;
    return true;
  }

  private fault(text: string): Fault {
    const ended = this.at >= this.text.length;
    return { at: this.at, text: ended ? `the text ends where ${text}` : text };
  }
}
