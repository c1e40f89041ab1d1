/** A key that nobody else draws. `crypto.randomUUID` exists only on secure pages. */
export const randomKey = (): string => crypto.getRandomValues(new Uint32Array(4)).join('-');
