import { LosslessNumber, parse, stringify } from 'lossless-json';

/** Parses JSON. A number that JavaScript would write differently keeps its text. */
export function readJson(text: string): unknown {
  return parse(text, undefined, { parseNumber, onDuplicateKey: ({ newValue }) => newValue });
}

/**
 * Writes a value of `readJson` with every digit.
 * @param indent columns per level; 0 writes one line.
 */
export function writeJson(value: unknown, indent = 0): string {
  return stringify(value, undefined, indent) ?? 'null';
}

const parseNumber = (text: string): unknown =>
  String(Number(text)) === text ? Number(text) : new LosslessNumber(text);
