/** Unique random key. `crypto.randomUUID` exists only on secure pages. */
export const randomKey = (): string => crypto.getRandomValues(new Uint32Array(4)).join('-');
