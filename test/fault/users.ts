/** Creates names for `count` users. */
export const users = (count: number): string[] => Array.from({ length: count }, (_, index) => `user-${index}`);
