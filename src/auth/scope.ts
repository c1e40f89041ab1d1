/**
 * Permissions of a key. `publish`: send, cancel and replay; `read`: look things up; `admin`: end
 * sessions, drop dead letters and revoke tokens.
 */
export const SCOPES = ['publish', 'read', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

export const ALL_SCOPES: ReadonlySet<Scope> = new Set(SCOPES);
