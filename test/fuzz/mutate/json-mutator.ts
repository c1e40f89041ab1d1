import type { Chance } from './chance.js';
import { NAMES, wordsOf } from './words.js';

/** Maximum depth. Brackets in strings count as well, because the limit need not be exact. */
const DEEPEST = 500;
const LONGEST = 300_000;

/** JSON as written: keys may be duplicated, and a scalar keeps its text. */
type Node = { list: Node[] } | { fields: [name: string, value: Node][] } | { text: string };

/** Mutates JSON at the points of its structure where a reader has to decide something. */
export class JsonMutator {
  private readonly words: readonly string[];

  constructor(private readonly chance: Chance) {
    this.words = wordsOf(chance.seed);
  }

  /** @param other JSON from which parts may be taken. @returns text that is mostly JSON. */
  mutate(value: unknown, other: unknown): string {
    const root = { list: [nodeOf(value)] };
    const donor = { list: [nodeOf(other)] };
    for (let count = this.chance.few(); count > 0; count--) this.step(root, donor);
    return textOf(root.list[0] ?? { text: '' });
  }

  private step(root: Node, donor: Node): void {
    const { chance } = this;
    const [parent, index] = chance.pick(placesOf(root));
    const random: Node = { text: chance.pick(this.words) };
    if ('list' in parent) {
      const before = parent.list[index] ?? random;
      const kind = chance.below(parent === root ? 3 : 5);
      if (kind === 0) parent.list[index] = random;
      else if (kind === 1) parent.list[index] = this.from(donor);
      else if (kind === 2) parent.list[index] = { list: [before] };
      else if (kind === 3) parent.list.splice(index, 1);
      else parent.list.push(...Array.from({ length: chance.pick([1, 2, 10, 300, 1_100]) }, () => before));
      return;
    }
    if (!('fields' in parent)) return;
    const [name, before] = parent.fields[index] ?? ['', random];
    const kind = chance.below(8);
    if (kind === 0) parent.fields.splice(index, 1);
    else if (kind === 1) parent.fields.push([name, random]);
    else if (kind === 2) parent.fields[index] = [chance.pick([...NAMES, `${name} `, name.toUpperCase()]), before];
    else if (kind === 3) parent.fields.push([chance.pick(NAMES), random]);
    else if (kind === 4) parent.fields[index] = [name, this.from(donor)];
    else if (kind === 5) parent.fields[index] = [name, { list: [before] }];
    else parent.fields[index] = [name, random];
  }

  private from(donor: Node): Node {
    const [parent, index] = this.chance.pick(placesOf(donor));
    const taken = 'list' in parent ? parent.list[index] : 'fields' in parent ? parent.fields[index]?.[1] : undefined;
    // A copy: inserted into a part that was taken before, the original would contain itself.
    return taken ? structuredClone(taken) : { text: 'null' };
  }
}

/** Parses bytes as JSON; undefined if they are invalid or nested too deep to walk. */
export function treeOf(bytes: Buffer): unknown {
  const text = bytes.toString();
  let depth = 0;
  for (const char of text) {
    if (char === '[' || char === '{') depth++;
    else if (char === ']' || char === '}') depth--;
    if (depth > DEEPEST) return undefined;
  }
  try {
    return JSON.parse(text);
  } catch {
    // An earlier mutation broke the JSON, so it can only be mutated as bytes.
    return undefined;
  }
}

function placesOf(root: Node): [Node, number][] {
  const places: [Node, number][] = [];
  const open = [root];
  for (let node = open.pop(); node; node = open.pop()) {
    const children = 'list' in node ? node.list : 'fields' in node ? node.fields.map(([, value]) => value) : [];
    // Many repetitions are one decision for a reader.
    for (const [index, child] of children.slice(0, 50).entries()) {
      places.push([node, index]);
      open.push(child);
    }
  }
  return places;
}

function nodeOf(value: unknown): Node {
  if (Array.isArray(value)) return { list: value.map(nodeOf) };
  if (typeof value !== 'object' || value === null) return { text: JSON.stringify(value) ?? 'null' };
  return { fields: Object.entries(value).map(([name, inner]) => [name, nodeOf(inner)]) };
}

/** Writes the tree as text, cut off if repeated repetitions make it too long. */
function textOf(root: Node): string {
  const parts: string[] = [];
  let length = 0;
  const write = (part: string): void => {
    parts.push(part);
    length += part.length;
  };
  const walk = (node: Node): void => {
    if (length > LONGEST) return;
    if ('text' in node) return write(node.text);
    const isList = 'list' in node;
    write(isList ? '[' : '{');
    for (const [index, child] of (isList ? node.list : node.fields).entries()) {
      if (length > LONGEST) return;
      if (index > 0) write(',');
      if (!Array.isArray(child)) {
        walk(child);
        continue;
      }
      write(`${JSON.stringify(child[0])}:`);
      walk(child[1]);
    }
    write(isList ? ']' : '}');
  };
  walk(root);
  return parts.join('');
}
