/**
 * What a key may do. `publish`: send, cancel and send again; `read`: look things up; `admin`: what takes something from
 * others, as ending sessions, dropping dead letters and revoking tokens.
 */
export const SCOPES = ['publish', 'read', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

export const ALL_SCOPES: ReadonlySet<Scope> = new Set(SCOPES);
