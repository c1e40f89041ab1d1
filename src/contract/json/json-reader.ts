import { pathText } from '../path-text.js';
import { PostriderError } from '../postrider-error.js';
import { canonicalJson, canonicalText } from './canonical-json.js';
import { JsonScan } from './json-scan.js';
import { JsonText } from './json-text.js';
import { withoutMark } from './utf8.js';

/** Maximum depth of our own fields. Anything deeper is unknown and refused by its schema. */
const MAX_OWN_DEPTH = 8;
/** Maximum length of a field path in an error, since keys are the sender's text. */
const MAX_FIELD_LENGTH = 96;

/** Places in a value whose contents are kept as text, because they belong to others. */
export interface Place {
  /** `text` keeps the value as JSON text. `exact` refuses a number that JavaScript would round. */
  readonly members?: Readonly<Record<string, Place | 'text' | 'exact'>>;
  readonly items?: Place;
  /** True if each item is refused on its own: its error takes its place in the list. */
  readonly isApart?: boolean;
}

const NOWHERE: Place = {};

/**
 * Reads JSON from outside. The values that `place` names are kept as `JsonText`. Everywhere else,
 * duplicate keys and the key `__proto__` are refused, because two readers may understand them
 * differently.
 * @throws SyntaxError if it is not JSON; PostriderError `invalid_request` naming the field.
 */
export function readJson(given: string, place: Place = NOWHERE): unknown {
  const text = withoutMark(given);
  const value: unknown = JSON.parse(text);
  new Reading(new JsonScan(text)).value(value, place, 0);
  return value;
}

/** Walks through the text alongside the value that was parsed from it. */
class Reading {
  private path: (string | number)[] = [];

  constructor(private readonly scan: JsonScan) {}

  value(value: unknown, place: Place, depth: number): void {
    const { scan } = this;
    if (depth === MAX_OWN_DEPTH) scan.skipValue();
    else if (scan.isAtObject) this.members(recordOf(value), place, depth);
    else if (scan.isAtArray) this.items(recordOf(value), place, depth);
    else scan.skipValue();
  }

  private members(object: Container, { members }: Place, depth: number): void {
    const { scan } = this;
    const begin = scan.at;
    let count = 0;
    for (let isMore = scan.enter(); isMore; isMore = scan.next()) {
      count++;
      const key = scan.key();
      if (key === '__proto__') throw this.refused(key, 'is not an allowed key');
      const inner = members?.[key] ?? NOWHERE;
      if (inner === 'text') object[key] = JsonText.next(scan);
      else if (inner === 'exact') this.exact(object[key], key);
      else if (scan.isAtObject || scan.isAtArray) {
        this.path.push(key);
        this.value(object[key], inner, depth + 1);
        this.path.pop();
      } else scan.skipValue();
    }
    if (count === Object.keys(object).length) return;
    const repeated = repeatedIn(scan.text, begin);
    if (repeated !== undefined) throw this.refused(repeated, 'appears twice');
  }

  private exact(value: unknown, key: string): void {
    const text = this.scan.value();
    if (typeof value === 'number' && canonicalText(text) !== canonicalJson(value))
      throw this.refused(key, 'has more digits than JavaScript keeps; send it as a string');
  }

  private items(list: Container, { items = NOWHERE, isApart = false }: Place, depth: number): void {
    const { scan, path } = this;
    let index = 0;
    for (let isMore = scan.enter(); isMore; isMore = scan.next(), index++) {
      if (!scan.isAtObject && !scan.isAtArray) {
        scan.skipValue();
        continue;
      }
      if (!isApart) {
        path.push(index);
        this.value(list[index], items, depth + 1);
        path.pop();
      } else this.item(list, index, items, depth + 1);
    }
  }

  private item(list: Container, index: number, items: Place, depth: number): void {
    const { scan, path } = this;
    const { at } = scan;
    this.path = [];
    try {
      this.value(list[index], items, depth);
    } catch (error) {
      list[index] = error;
      scan.at = at;
      scan.skipValue();
    }
    this.path = path;
  }

  private refused(key: string, message: string): PostriderError {
    const whole = pathText([...this.path, key]);
    const field = whole.length > MAX_FIELD_LENGTH ? `${whole.slice(0, MAX_FIELD_LENGTH)}…` : whole;
    return new PostriderError('invalid_request', `${field} ${message}.`, { errors: [{ field, message }] });
  }
}

type Container = Record<string | number, unknown>;

/**
 * For a duplicate key, `JSON.parse` keeps the last value, which may have another type than the text
 * at hand. The object is refused after the walk through it.
 */
const recordOf = (value: unknown): Container =>
  typeof value === 'object' && value !== null ? (value as Container) : {};

/** First duplicate key of the object at this position of the text. */
function repeatedIn(text: string, at: number): string | undefined {
  const scan = new JsonScan(text);
  scan.at = at;
  const seen = new Set<string>();
  for (let isMore = scan.enter(); isMore; isMore = scan.next()) {
    const key = scan.key();
    if (seen.has(key)) return key;
    seen.add(key);
    scan.skipValue();
  }
  return undefined;
}
