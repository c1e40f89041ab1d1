import { readJson } from '../../shared/exact-json.js';
import { jsonFault } from './json.js';

export const KINDS = ['user', 'users', 'topic', 'topics', 'session', 'all'] as const;
export type Kind = (typeof KINDS)[number];

/** Fields of the form, as text. */
export interface Draft {
  kind: Kind;
  to: string;
  type: string;
  data: string;
  ack: string;
  ttl: string;
  ttlUnit: string;
  delay: string;
  delayUnit: string;
  priority: string;
  collapseKey: string;
  maxAttempts: string;
  metadata: string;
}

export const EMPTY_DRAFT: Draft = {
  kind: 'user',
  to: '',
  type: '',
  data: '{\n  \n}',
  ack: '',
  ttl: '',
  ttlUnit: 'h',
  delay: '',
  delayUnit: 'min',
  priority: '',
  collapseKey: '',
  maxAttempts: '',
  metadata: '',
};

export type Faults = Partial<Record<keyof Draft, string>>;

export const UNITS: Readonly<Record<string, { name: string; ms: number }>> = {
  s: { name: 'seconds', ms: 1_000 },
  min: { name: 'minutes', ms: 60_000 },
  h: { name: 'hours', ms: 3_600_000 },
  d: { name: 'days', ms: 86_400_000 },
};

/**
 * Returns the body of the request, or the faults of the form. Checks that only the server can make
 * are left to it.
 */
export function bodyOf(draft: Draft): { body: Record<string, unknown> } | { faults: Faults } {
  const faults: Faults = {};
  const to = targetOf(draft, faults);
  if (!draft.type.trim()) faults.type = 'is required';
  const fault = jsonFault(draft.data);
  if (fault) faults.data = `line ${fault.line}, column ${fault.column}: ${fault.message}`;
  const ttlMs = durationOf(draft, 'ttl', faults);
  const delayMs = durationOf(draft, 'delay', faults);
  const metadata = metadataOf(draft, faults);
  const maxAttempts = draft.maxAttempts.trim() ? Number(draft.maxAttempts) : undefined;
  if (maxAttempts !== undefined && !Number.isInteger(maxAttempts)) faults.maxAttempts = 'must be a whole number';
  if (Object.keys(faults).length > 0) return { faults };
  const body = {
    to,
    type: draft.type.trim(),
    data: readJson(draft.data),
    ack: draft.ack || undefined,
    ttlMs,
    delayMs,
    priority: draft.priority || undefined,
    collapseKey: draft.collapseKey.trim() || undefined,
    maxAttempts,
    metadata,
  };
  return { body: Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined)) };
}

const PLACES: readonly [RegExp, keyof Draft][] = [
  [/^to\b/, 'to'],
  [/^type\b/, 'type'],
  [/^data\b/, 'data'],
  [/^ack$/, 'ack'],
  [/^ttlMs\b/, 'ttl'],
  [/^(delayMs|deliverAt)\b/, 'delay'],
  [/^priority\b/, 'priority'],
  [/^collapseKey\b/, 'collapseKey'],
  [/^maxAttempts\b/, 'maxAttempts'],
  [/^metadata\b/, 'metadata'],
];

/** Sorts the server's faults by field of the form; the rest are `others`. */
export function placeFaults(errors: readonly { field: string; message: string }[]): {
  faults: Faults;
  others: string[];
} {
  const faults: Faults = {};
  const others: string[] = [];
  for (const { field, message } of errors) {
    const place = PLACES.find(([pattern]) => pattern.test(field))?.[1];
    const text = place && !field.includes('.') && !field.includes('[') ? message : `${field} ${message}`;
    if (place) faults[place] = faults[place] ? `${faults[place]}; ${text}` : text;
    else others.push(text);
  }
  return { faults, others };
}

function targetOf({ kind, to }: Draft, faults: Faults): Record<string, unknown> {
  if (kind === 'all') return { all: true };
  const names = to.split(/[\s,]+/).filter(Boolean);
  const many = kind === 'users' || kind === 'topics';
  if (names.length === 0) faults.to = 'is required';
  else if (!many && names.length > 1)
    faults.to = `has several names; choose ${kind === 'user' ? 'several users' : 'several topics'}`;
  return { [kind]: many ? names : names[0] };
}

function durationOf(draft: Draft, name: 'ttl' | 'delay', faults: Faults): number | undefined {
  const text = draft[name].trim();
  if (!text) return undefined;
  const ms = Math.round(Number(text) * (UNITS[draft[`${name}Unit`]]?.ms ?? NaN));
  if (Number.isFinite(ms) && ms >= 0) return ms;
  faults[name] = 'must be a number';
  return undefined;
}

/** Parses lines of `name: value` or `name=value`. */
function metadataOf({ metadata }: Draft, faults: Faults): Record<string, string> | undefined {
  const entries: [string, string][] = [];
  metadata.split('\n').forEach((line, index) => {
    if (!line.trim()) return;
    const [, name = '', value = ''] = /^\s*([^:=]+?)\s*[:=]\s*(.*?)\s*$/.exec(line) ?? [];
    if (name) entries.push([name, value]);
    else faults.metadata ??= `line ${index + 1}: must be name: value`;
  });
  return entries.length > 0 ? Object.fromEntries(entries) : undefined;
}
