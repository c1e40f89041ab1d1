import { describe, expect, it } from '@jest/globals';
import { RequestMethod, type Type } from '@nestjs/common';
import { RequiresScope } from '../../src/auth/requires-scope.decorator.js';
import { RestModule } from '../../src/rest/rest.module.js';
import { generatedFile } from '../support/generated-file.js';
import { exampleOf } from './rest-call.js';
import { REST_CALLS } from './rest-calls.js';
import { restDocument } from './rest-document.js';

describe('docs/rest-api.md', () => {
  it('is what the schemas say (UPDATE_DOCS=1 rewrites it)', async () => {
    const { is, shouldBe } = await generatedFile('docs/rest-api.md', restDocument());
    expect(is).toBe(shouldBe);
  });

  it.each(REST_CALLS)('shows a request that $method $path accepts', ({ path, example, query, body }) => {
    const [asked = '', search] = example.split('?');
    expect(asked).toMatch(new RegExp(`^${path.replaceAll(/:[a-z]+/g, '[^/]+')}$`));
    if (query) query.parse(Object.fromEntries(new URLSearchParams(search)));
    else expect(search).toBeUndefined();
    if (body) expect(body.parse(exampleOf(body))).toEqual(exampleOf(body));
  });

  it.each(REST_CALLS)('shows an answer that $method $path returns', ({ answer }) => {
    expect(answer.schema.parse(answer.example)).toEqual(answer.example);
  });

  it('shows every call of every controller, and the scope that it needs', () => {
    const controllers: Type[] = Reflect.getMetadata('controllers', RestModule);
    const routes = controllers.flatMap(routesOf);
    const shown = REST_CALLS.map(({ method, path, scope }) => `${method} ${path} ${scope}`);
    expect(shown.toSorted()).toEqual(routes.toSorted());
  });
});

/**
 * Lists `METHOD /path scope` of each route, from the metadata of Nest's decorators on a controller.
 */
function routesOf(controller: Type): string[] {
  const base: string = Reflect.getMetadata('path', controller);
  const members = Object.values(Object.getOwnPropertyDescriptors(controller.prototype)).map(({ value }) => value);
  const handlers = members.filter((member) => Reflect.hasMetadata('method', member));
  return handlers.map((handler) => {
    const method = RequestMethod[Number(Reflect.getMetadata('method', handler))];
    const path = `/${base}/${Reflect.getMetadata('path', handler)}`.replaceAll(/\/+/g, '/').replace(/\/$/, '');
    const [scope] = [handler, controller].flatMap((owner) => Reflect.getMetadata(RequiresScope.KEY, owner) ?? []);
    return `${method} ${path} ${scope}`;
  });
}
