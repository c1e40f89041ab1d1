import { JsonScan, compact } from './json-scan.js';

/**
 * A value as JSON text. What a publisher sends goes through as text, so that no reader on the way can change it: not the digits of a number, not
 * the order of keys, not half a surrogate pair.
 */
export class JsonText {
  private constructor(
    /** Without white space outside of strings, so it is one line. */
    readonly text: string,
    /** How many containers are nested. */
    readonly depth: number,
  ) {}

  /** The value at which a scan stands, which is moved over it. */
  static next(scan: JsonScan): JsonText {
    const text = scan.value();
    return new JsonText(scan.isSpaced ? compact(text) : text, scan.depth);
  }

  /** A JSON text as it is; any other value as `JSON.stringify` writes it. @returns undefined where that writes nothing. */
  static of(value: unknown): JsonText | undefined {
    if (value instanceof JsonText) return value;
    const text: string | undefined = JSON.stringify(value);
    return text === undefined ? undefined : JsonText.next(new JsonScan(text));
  }

  /** As JavaScript reads it: numbers become doubles. */
  get value(): unknown {
    return JSON.parse(this.text);
  }

  /** @throws Error always: `JSON.stringify` can only write what was read first. */
  toJSON(): never {
    throw new Error('JsonText is written by writeJson');
  }
}
