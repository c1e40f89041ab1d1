/** What stands in examples for a secret; whoever has this repository knows it. */
const PLACEHOLDERS = [/characters[- ]or[- ]more/i, /change[-_ ]?me/i, /replace[-_ ]?me/i, /^<.*>?$/, /^password$/i];

/** Whether a secret is one of an example that somebody forgot to fill in. */
export const isPlaceholder = (secret: string): boolean => PLACEHOLDERS.some((pattern) => pattern.test(secret));
