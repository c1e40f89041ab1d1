/** Section of a Fluentd configuration, with its parameters as text. */
export interface Section {
  readonly name: string;
  readonly argument: string;
  readonly params: Readonly<Record<string, string>>;
  readonly sections: readonly Section[];
}

/**
 * Parses a configuration in Fluentd's syntax: sections, one parameter per line, and comments on
 * separate lines.
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

/** True if the patterns, such as `a.** b`, match the tag. */
export function takes(patterns: string, tag: string): boolean {
  const matches = (pattern: string): boolean =>
    pattern.endsWith('.**') ? `${tag}.`.startsWith(pattern.slice(0, -2)) : pattern === '**' || pattern === tag;
  return patterns.split(' ').some(matches);
}
