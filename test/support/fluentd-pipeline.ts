/** A section of a configuration of Fluentd, with its parameters as text. */
export interface Section {
  readonly name: string;
  readonly argument: string;
  readonly params: Readonly<Record<string, string>>;
  readonly sections: readonly Section[];
}

export interface LogEvent {
  readonly tag: string;
  readonly timeMs: number;
  readonly record: Readonly<Record<string, unknown>>;
}

/**
 * Parses a configuration by Fluentd's documented syntax: sections, one parameter per line, comments
 * on lines of their own.
 */
export function readConfig(text: string): readonly Section[] {
  const root = { name: '', argument: '', params: {} as Record<string, string>, sections: [] as Section[] };
  const open = [root];
  for (const raw of text.split('\n')) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const current = open.at(-1);
    if (!current) throw new Error(`outside of every section: ${line}`);
    const [, closes] = /^<\/([a-z]+)>$/.exec(line) ?? [];
    const [, opens, argument = ''] = /^<([a-z]+)(?: +(.+))?>$/.exec(line) ?? [];
    if (closes !== undefined) {
      if (closes !== current.name) throw new Error(`</${closes}> closes <${current.name}>`);
      open.pop();
    } else if (opens !== undefined) {
      const section = { name: opens, argument, params: {}, sections: [] };
      current.sections.push(section);
      open.push(section);
    } else {
      const [, key = '', value = ''] = /^(\S+) *(.*)$/.exec(line) ?? [];
      if (Object.hasOwn(current.params, key)) throw new Error(`${key} is given twice`);
      current.params[key] = value;
    }
  }
  if (open.length !== 1) throw new Error(`<${open.at(-1)?.name}> is not closed`);
  return root.sections;
}

/** Matches a tag against patterns such as `a.** b.*`. */
export function takes(patterns: string, tag: string): boolean {
  return patterns.split(' ').some((pattern) => {
    const source = pattern
      .split('.')
      .map((part) => (part === '**' ? '**' : part === '*' ? '[^.]+' : part.replaceAll(/\W/g, '\\$&')))
      .join('\\.')
      .replaceAll('\\.**', '(?:\\..*)?')
      .replaceAll('**', '.*');
    return new RegExp(`^${source}$`).test(tag);
  });
}

type Filter = (event: LogEvent) => LogEvent | undefined;

/**
 * Applies the filters of a configuration to a line of a log driver, and returns what its output
 * sends to Elasticsearch, by the documented rules of those plugins. Unknown plugins and parameters
 * are errors.
 * @param refuse called for lines that go to `@ERROR`.
 * @returns undefined if nothing is left.
 */
export function documentOf(config: readonly Section[], sent: LogEvent, refuse: () => void) {
  let event: LogEvent | undefined = sent;
  for (const section of config) {
    if (section.name !== 'filter' || !event || !takes(section.argument, event.tag)) continue;
    event = filterOf(section, refuse)(event);
  }
  if (!event) return undefined;
  const { tag } = event;
  const output = config.find(({ name, argument }) => name === 'match' && takes(argument, tag));
  if (!output) throw new Error(`nobody takes ${tag}`);
  return stored(output, event);
}

function filterOf({ params: { '@type': type, ...params }, sections }: Section, refuse: () => void): Filter {
  if (type === 'parser') {
    const [parse, ...others] = sections;
    if (parse?.name !== 'parse' || others.length > 0) throw new Error('a parser has one <parse>');
    return parser(params, parse.params, refuse);
  }
  if (type === 'record_transformer') {
    const added = sections.find(({ name }) => name === 'record')?.params ?? {};
    onlyKnows(params, []);
    return (event) => ({ ...event, record: { ...event.record, ...filledIn(added, event.tag) } });
  }
  if (type === 'elasticsearch_genid') {
    onlyKnows(params, ['hash_id_key']);
    const key = params['hash_id_key'] ?? '_hash';
    return (event) => ({ ...event, record: { ...event.record, [key]: crypto.randomUUID() } });
  }
  throw new Error(`no rules for the filter ${type}`);
}

function parser(
  params: Readonly<Record<string, string>>,
  { '@type': format, ...parse }: Readonly<Record<string, string>>,
  refuse: () => void,
): Filter {
  onlyKnows(params, ['key_name', 'reserve_data', 'emit_invalid_record_to_error']);
  onlyKnows(parse, ['time_key', 'time_type', 'time_format', 'keep_time_key']);
  if (format !== 'json' || params['reserve_data'] !== 'false') throw new Error('no rules for this parser');
  return ({ tag, timeMs, record }) => {
    const text = record[params['key_name'] ?? ''];
    const parsed = typeof text === 'string' ? objectOf(text) : undefined;
    const key = parse['time_key'] ?? 'time';
    // Without the field the event keeps its original time; an invalid time makes the record
    // invalid.
    const time = parsed && Object.hasOwn(parsed, key) ? timeOf(parsed[key], parse) : timeMs;
    if (!parsed || time === undefined) {
      if (params['emit_invalid_record_to_error'] !== 'false') refuse();
      return undefined;
    }
    const { [key]: given, ...rest } = parsed;
    return { tag, timeMs: time, record: parse['keep_time_key'] === 'true' ? { ...rest, [key]: given } : rest };
  };
}

function timeOf(value: unknown, { time_type: type = 'float', time_format: format }: Readonly<Record<string, string>>) {
  if (type !== 'string' || format !== '%iso8601') throw new Error(`no rules for ${type} ${format}`);
  // What Ruby's Time.iso8601 reads.
  const isIso = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/i;
  return typeof value === 'string' && isIso.test(value) ? Date.parse(value) : undefined;
}

function objectOf(text: string): Record<string, unknown> | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? { ...parsed } : undefined;
  } catch {
    // Goes to @ERROR.
    return undefined;
  }
}

function filledIn(record: Readonly<Record<string, string>>, tag: string): Record<string, string> {
  return Object.fromEntries(
    Object.entries(record).map(([key, value]) => {
      const [, from] = /^\$\{tag_suffix\[(\d+)\]\}$/.exec(value) ?? [];
      if (from === undefined) throw new Error(`no rules for ${value}`);
      return [key, tag.split('.').slice(Number(from)).join('.')];
    }),
  );
}

function stored({ params }: Section, { timeMs, record }: LogEvent) {
  const list = (text = ''): string[] => text.split(/, */).filter(Boolean);
  const id = record[params['id_key'] ?? ''];
  const removed = new Set(list(params['remove_keys']));
  const document: Record<string, unknown> = Object.fromEntries(
    Object.entries(record).filter(([key]) => !removed.has(key)),
  );
  // The time of the event, to `time_precision` digits, unless the record has one.
  if (params['include_timestamp'] === 'true') document['@timestamp'] ??= new Date(timeMs).toISOString();
  return { index: params['index_name'], operation: params['write_operation'], id, document };
}

function onlyKnows(params: Readonly<Record<string, string>>, known: readonly string[]): void {
  const others = Object.keys(params).filter((key) => !known.includes(key));
  if (others.length > 0) throw new Error(`no rules for ${others.join()}`);
}
