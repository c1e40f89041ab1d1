import type { z } from 'zod';
import { configGroups } from '../../src/config/config.schema.js';
import { variableOf } from '../../src/config/config.js';
import { about } from '../../src/config/setting.js';

const INTRODUCTION = `# Configuration

Postrider is configured by environment variables alone. They are read once, at the start; a process with a missing or bad
one does not start and names all of them, never a value. An empty variable counts as not set. \`.env.example\` holds them
all; \`node --env-file=.env dist/bundle/main.js\` starts with such a file.

Names tell the unit: \`_MS\` is milliseconds, \`_BYTES\` is bytes.
`;

/** docs/configuration.md, from the schema. */
export function configurationDocument(): string {
  const groups = Object.entries(configGroups).map(([title, group]) => `## ${title}\n\n${table(group)}\n`);
  return [INTRODUCTION, ...groups].join('\n');
}

/** .env.example, from the schema: what is required is set, every default is there to be changed. */
export function environmentExample(): string {
  const groups = Object.entries(configGroups).map(([title, group]) => {
    const lines = Object.entries(group).map(([field, setting]) => exampleOf(variableOf(field), setting));
    return `# ---- ${title} ----\n\n${lines.join('\n')}`;
  });
  return groups.join('\n');
}

function table(group: Record<string, z.ZodType>): string {
  const rows = Object.entries(group).map(([field, setting]) => {
    const { description } = about(setting);
    return `| \`${variableOf(field)}\` | ${defaultOf(setting)} | ${description.replaceAll('|', '\\|')} |`;
  });
  return ['| variable | default | meaning |', '| --- | --- | --- |', ...rows].join('\n');
}

function defaultOf(setting: z.ZodType): string {
  const { default: text, defaultNote, unit } = about(setting);
  if (defaultNote !== undefined) return defaultNote;
  if (text === undefined) return '**required**';
  return unit === undefined ? `\`${text}\`` : `\`${text}\` ${unit}${inWords(Number(text), unit)}`;
}

const SCALES: Record<string, readonly [number, string][]> = {
  ms: [
    [86_400_000, 'd'],
    [3_600_000, 'h'],
    [60_000, 'min'],
    [1_000, 's'],
  ],
  bytes: [
    [1_048_576, 'MiB'],
    [1_024, 'KiB'],
  ],
};

function inWords(value: number, unit: string): string {
  const scale = SCALES[unit]?.find(([size]) => value >= size && value % size === 0);
  return scale ? ` (${value / scale[0]} ${scale[1]})` : '';
}

function exampleOf(variable: string, setting: z.ZodType): string {
  const { description, default: text = '', defaultNote, example } = about(setting);
  const line =
    example === undefined ? `# ${variable}=${defaultNote === undefined ? text : ''}` : `${variable}=${example}`;
  return `# ${description}\n${line}\n`;
}
