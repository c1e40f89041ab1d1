/** Creates a unique key. Pages without HTTPS have no `randomUUID`. */
export const freshKey = (): string => {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
};

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
