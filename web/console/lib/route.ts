/**
 * Place in the console: `#/find/user/alice?tab=x` is view `find` with the parts `user` and `alice`.
 */
export interface Route {
  view: string;
  parts: string[];
  query: Record<string, string>;
}

/** Parses the fragment of an address. */
export function parseRoute(hash: string): Route {
  const [path = '', search = ''] = hash.replace(/^#?\/?/, '').split('?', 2);
  const [view = '', ...parts] = path.split('/').map(decoded);
  return { view, parts: parts.filter(Boolean), query: Object.fromEntries(new URLSearchParams(search)) };
}

/** Returns the address of a place; parts and values are escaped, and empty values are left out. */
export function hrefOf(
  view: string,
  parts: readonly string[] = [],
  query: Record<string, string | undefined> = {},
): string {
  const path = [view, ...parts].map(encodeURIComponent).join('/');
  const given = Object.entries(query).filter((entry): entry is [string, string] => Boolean(entry[1]));
  const search = new URLSearchParams(given).toString();
  return `#/${path}${search ? `?${search}` : ''}`;
}

/** Decodes a part of an address; a mistyped one stays as it is. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
