/** Directives of a page that loads only files of its own server, in the order of the header. */
const DIRECTIVES = {
  'default-src': "'none'",
  'script-src': "'self'",
  'style-src': "'self'",
  'img-src': "'self'",
  'font-src': '',
  'connect-src': "'self'",
  'base-uri': "'none'",
  'form-action': "'none'",
  'frame-src': '',
  'frame-ancestors': "'none'",
};

/**
 * Returns the Content-Security-Policy of a page.
 * @param different directives with other sources than those of a page that loads only files of its
 * own server.
 */
export function contentPolicy(different: Partial<typeof DIRECTIVES> = {}): string {
  const directives = Object.entries({ ...DIRECTIVES, ...different });
  return directives
    .filter(([, sources]) => sources !== '')
    .map(([name, sources]) => `${name} ${sources}`)
    .join('; ');
}
