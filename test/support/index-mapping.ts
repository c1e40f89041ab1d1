/** A field or an object of an Elasticsearch mapping. */
export interface Mapping {
  readonly type?: string;
  readonly dynamic?: string;
  readonly ignore_above?: number;
  readonly index?: boolean;
  readonly properties?: Readonly<Record<string, Mapping>>;
}

const MAX_FLATTENED_DEPTH = 20;

/** Fields of a document that a strict mapping would refuse, or silently not index. */
export function misfitsOf(value: unknown, mapping: Mapping, path = ''): string[] {
  if (mapping.properties) return misfitsOfObject(value, mapping, path);
  const values = Array.isArray(value) && mapping.type !== 'flattened' ? value : [value];
  return values.flatMap((one) => (fits(one, mapping) ? [] : [`${path}: ${JSON.stringify(one)} is no ${mapping.type}`]));
}

function misfitsOfObject(value: unknown, { dynamic, properties = {} }: Mapping, path: string): string[] {
  if (dynamic !== 'strict') return [`${path}: is not strict`];
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [`${path}: is no object`];
  return Object.entries(value).flatMap(([name, part]) => {
    const mapping = Object.hasOwn(properties, name) ? properties[name] : undefined;
    const place = path === '' ? name : `${path}.${name}`;
    return mapping ? misfitsOf(part, mapping, place) : [`${place}: is not mapped`];
  });
}

function fits(value: unknown, { type, ignore_above: most = Number.MAX_SAFE_INTEGER }: Mapping): boolean {
  switch (type) {
    case 'keyword':
      return typeof value === 'string' && value.length <= most;
    case 'text':
      return typeof value === 'string';
    case 'long':
      return Number.isSafeInteger(value);
    case 'boolean':
      return typeof value === 'boolean';
    case 'date':
      return typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(value);
    case 'flattened':
      return (
        typeof value === 'object' && value !== null && !Array.isArray(value) && depthOf(value) <= MAX_FLATTENED_DEPTH
      );
    default:
      throw new Error(`no rules for the type ${type}`);
  }
}

const depthOf = (value: unknown): number =>
  typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0;
