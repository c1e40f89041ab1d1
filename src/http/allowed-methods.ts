interface Route {
  readonly method: string;
  readonly url: string;
}

/** Which methods a path has, by the patterns of the routes: what an answer 405 has to name (RFC 9110 §15.5.6). */
export class AllowedMethods {
  private readonly patterns: { readonly method: string; readonly url: string; readonly pattern: RegExp }[];

  constructor(routes: readonly Route[]) {
    this.patterns = routes.map(({ method, url }) => ({ method, url, pattern: patternOf(url) }));
  }

  /** @param isShown whether a route is there for who asks. @returns each once, sorted; none where nothing is at the path. */
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
