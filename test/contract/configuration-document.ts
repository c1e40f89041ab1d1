import type { z } from 'zod';
import { configGroups } from '../../src/config/config.schema.js';
import { variableOf } from '../../src/config/config.js';
import { about } from '../../src/config/setting.js';

const INTRODUCTION = `# Configuration

Postrider is configured by environment variables only. They are read once, at the start. A process with a missing or
invalid variable does not start and names all of them, but never a value. An empty variable counts as unset.
\`.env.example\` lists them all; start with such a file by \`node --env-file=.env dist/bundle/main.js\`.

The suffix of a name is its unit: \`_MS\` milliseconds, \`_BYTES\` bytes.
`;

/** Renders docs/configuration.md from the schema. */
export function configurationDocument(): string {
  const groups = Object.entries(configGroups).map(([title, group]) => `## ${title}\n\n${table(group)}\n`);
  return [INTRODUCTION, ...groups].join('\n');
}

/**
 * Renders .env.example from the schema: required variables are set, all others are commented out.
 */
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
