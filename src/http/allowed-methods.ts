interface Route {
  readonly method: string;
  readonly url: string;
}

/** Methods of each path, by route pattern, for `Allow` in a 405 answer (RFC 9110 §15.5.6). */
export class AllowedMethods {
  private readonly patterns: { readonly method: string; readonly url: string; readonly pattern: RegExp }[];

  constructor(routes: readonly Route[]) {
    this.patterns = routes.map(({ method, url }) => ({ method, url, pattern: patternOf(url) }));
  }

  /**
   * @param isShown decides whether a route is visible to the client.
   * @returns distinct methods, sorted; none if the path has no route.
   */
  of(path: string, isShown: (url: string) => boolean): string[] {
    const found = this.patterns.filter(({ url, pattern }) => pattern.test(path) && isShown(url));
    return [...new Set(found.map(({ method }) => method))].toSorted();
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
