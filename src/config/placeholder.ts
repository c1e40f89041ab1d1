/** Placeholders for secrets in the examples of this repository. */
const PLACEHOLDERS = [/characters[- ]or[- ]more/i, /change[-_ ]?me/i, /replace[-_ ]?me/i, /^<.*>?$/, /^password$/i];

/** True if a secret is a placeholder that somebody forgot to replace. */
export const isPlaceholder = (secret: string): boolean => PLACEHOLDERS.some((pattern) => pattern.test(secret));
