import { JsonScan } from './json-scan.js';
import { JsonText } from './json-text.js';

/** Exponents with more digits than this are left as they were written. */
const MAX_EXPONENT_LENGTH = 15;

/**
 * Returns the same text for all spellings of one JSON value. It follows RFC 8785, except that
 * numbers keep all their significant digits. The order of keys, white space, escapes and the
 * notation of a number make no difference.
 */
export function canonicalJson(value: unknown): string {
  if (value instanceof JsonText) return canonicalText(value.text);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value === 'number') return canonicalScalar(String(value));
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const object = value as Record<string, unknown>;
  let out = '';
  for (const key of Object.keys(object).sort()) {
    if (object[key] !== undefined) out += `${out && ','}${JSON.stringify(key)}:${canonicalJson(object[key])}`;
  }
  return `{${out}}`;
}

/** Canonical form of JSON text that a parser has already accepted. */
export const canonicalText = (text: string): string => canonicalNext(new JsonScan(text));

function canonicalNext(scan: JsonScan): string {
  if (scan.isAtObject) return canonicalObject(scan);
  if (scan.isAtArray) return canonicalArray(scan);
  const isString = scan.isAtString;
  const text = scan.value();
  return isString ? canonicalString(text) : canonicalScalar(text);
}

function canonicalArray(scan: JsonScan): string {
  let out = '';
  for (let isMore = scan.enter(); isMore; isMore = scan.next()) out += `${out && ','}${canonicalNext(scan)}`;
  return `[${out}]`;
}

function canonicalObject(scan: JsonScan): string {
  const keys: string[] = [];
  const texts: string[] = [];
  let isSorted = true;
  for (let isMore = scan.enter(); isMore; isMore = scan.next()) {
    const key = scan.key();
    isSorted &&= keys.length === 0 || String(keys.at(-1)) <= key;
    keys.push(key);
    texts.push(`${JSON.stringify(key)}:${canonicalNext(scan)}`);
  }
  return `{${(isSorted ? texts : inOrder(keys, texts)).join(',')}}`;
}

/** Keeps the order of values with the same key. */
const inOrder = (keys: readonly string[], texts: readonly string[]): string[] =>
  keys
    .map((key, index) => ({ key, text: texts[index] ?? '' }))
    .sort((one, other) => (one.key < other.key ? -1 : Number(one.key > other.key)))
    .map(({ text }) => text);

const canonicalString = (text: string): string => (text.includes('\\') ? JSON.stringify(JSON.parse(text)) : text);

const WHOLE = /^-?[1-9]\d*[1-9]$|^-?[1-9]$/;
const NUMBER = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?)0*(\d*))?$/;

/** `12.50e1` → `125`, `1200` → `12e2`: significant digits and the power of ten of the last one. */
function canonicalScalar(text: string): string {
  if (WHOLE.test(text)) return text;
  const [, sign, whole = '', fraction = '', minus = '', exponent = ''] = NUMBER.exec(text) ?? [];
  if (sign === undefined) return text;
  const digits = (whole + fraction).replace(/^0+/, '');
  if (digits === '') return '0';
  if (exponent.length > MAX_EXPONENT_LENGTH) return text;
  let length = digits.length;
  while (digits.endsWith('0', length)) length--;
  const power = Number(minus + (exponent || '0')) - fraction.length + digits.length - length;
  return `${sign}${digits.slice(0, length)}${power === 0 ? '' : `e${power}`}`;
}
