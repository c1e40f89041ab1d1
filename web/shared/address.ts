/**
 * Returns the address of a resource of this page's server, under any path prefix of a proxy.
 * @param path path from `/` on.
 */
export const addressOf = (path: string): string => new URL(path.slice(1), document.baseURI).href;
