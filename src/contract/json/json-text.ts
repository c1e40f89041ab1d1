import { JsonScan, compact } from './json-scan.js';

/**
 * JSON value kept as text. Published data passes through unchanged: no reader on the way can round
 * a number, reorder keys or replace half a surrogate pair.
 */
export class JsonText {
  private constructor(
    /** JSON on one line, without white space outside of strings. */
    readonly text: string,
    /** Nesting depth. */
    readonly depth: number,
  ) {}

  /** Reads the value at the position of a scan and moves past it. */
  static next(scan: JsonScan): JsonText {
    const text = scan.value();
    return new JsonText(scan.isSpaced ? compact(text) : text, scan.depth);
  }

  /**
   * Returns JSON text as it is and any other value as `JSON.stringify` writes it.
   * @returns undefined if that writes nothing.
   */
  static of(value: unknown): JsonText | undefined {
    if (value instanceof JsonText) return value;
    const text: string | undefined = JSON.stringify(value);
    return text === undefined ? undefined : JsonText.next(new JsonScan(text));
  }

  /** Value as JavaScript reads it: numbers become doubles. */
  get value(): unknown {
    return JSON.parse(this.text);
  }

  /** @throws Error always: only `writeJson` writes this text unchanged. */
  toJSON(): never {
    throw new Error('JsonText is written by writeJson');
  }
}
