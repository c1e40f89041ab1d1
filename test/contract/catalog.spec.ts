import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  apiEntityV1alpha1Validator,
  componentEntityV1alpha1Validator,
  type Entity,
  EntityPolicies,
  FieldFormatEntityPolicy,
  groupEntityV1alpha1Validator,
  NoForeignRootFieldsEntityPolicy,
  parseEntityRef,
  resourceEntityV1alpha1Validator,
  SchemaValidEntityPolicy,
  stringifyEntityRef,
  systemEntityV1alpha1Validator,
} from '@backstage/catalog-model';
import { describe, expect, it } from '@jest/globals';
import { parseAllDocuments } from 'yaml';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const entities = parseAllDocuments(readFileSync(join(ROOT, 'catalog-info.yaml'), 'utf8')).map(
  (document) => document.toJS() as Entity,
);
const named = entities.map((entity) => ({ name: stringifyEntityRef(entity), entity }));

const POLICY = EntityPolicies.allOf([
  new SchemaValidEntityPolicy(),
  new NoForeignRootFieldsEntityPolicy(),
  new FieldFormatEntityPolicy(),
]);
const KINDS = [
  apiEntityV1alpha1Validator,
  componentEntityV1alpha1Validator,
  groupEntityV1alpha1Validator,
  resourceEntityV1alpha1Validator,
  systemEntityV1alpha1Validator,
];
/** Kind of the object that a field of a spec names without a kind. */
const REFERENCES: Readonly<Record<string, string>> = {
  owner: 'group',
  system: 'system',
  providesApis: 'api',
  consumesApis: 'api',
  dependsOn: 'resource',
};

const referencesOf = ({ spec = {} }: Entity): string[] =>
  Object.entries(REFERENCES).flatMap(([field, defaultKind]) => {
    const names = [spec[field] ?? []].flat() as string[];
    return names.map((name) => stringifyEntityRef(parseEntityRef(name, { defaultKind, defaultNamespace: 'default' })));
  });

describe('catalog-info.yaml', () => {
  it.each(named)('has $name as Backstage takes it', async ({ entity }) => {
    // As Backstage does before it checks.
    const { definition } = entity.spec ?? {};
    const read = definition ? { ...entity, spec: { ...entity.spec, definition: 'text' } } : entity;
    await expect(POLICY.enforce(read)).resolves.toBeDefined();
    const checks = await Promise.all(KINDS.map((kind) => kind.check(read)));
    expect(checks.filter(Boolean)).toHaveLength(1);
  });

  it.each(named)('names nothing in $name that it does not have', ({ entity }) => {
    expect(named.map(({ name }) => name)).toEqual(expect.arrayContaining(referencesOf(entity)));
    const { definition } = (entity.spec ?? {}) as { definition?: { $text: string } };
    if (definition) expect(existsSync(join(ROOT, definition.$text))).toBe(true);
  });
});
