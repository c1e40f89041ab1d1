import type { RouteGroup } from './route-group.js';

/** A route as the server has registered it. */
export interface Route {
  readonly method: string;
  readonly url: string;
  readonly group: RouteGroup | undefined;
}

/** Methods of each path, by route pattern, for `Allow` in a 405 answer (RFC 9110 §15.5.6). */
export class AllowedMethods {
  private readonly patterns: { readonly route: Route; readonly pattern: RegExp }[];

  constructor(routes: readonly Route[]) {
    this.patterns = routes.map((route) => ({ route, pattern: patternOf(route.url) }));
  }

  /**
   * @param isShown decides whether a route is visible to the client.
   * @returns distinct methods, sorted; none if the path has no route.
   */
  of(path: string, isShown: (route: Route) => boolean): string[] {
    const found = this.patterns.filter(({ route, pattern }) => pattern.test(path) && isShown(route));
    return [...new Set(found.map(({ route }) => route.method))].toSorted();
  }
}

function patternOf(url: string): RegExp {
  const parts = url.split('/').map((part) => {
    if (part.startsWith(':')) return '[^/]+';
    return part.split('*').map(escaped).join('.*');
  });
  return new RegExp(`^${parts.join('/')}/?$`);
}

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
