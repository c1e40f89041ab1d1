export { PostriderError, type ErrorCode } from './error.js';
export { Listing, type Page } from './listing.js';
export { PostriderServer, type ListOptions, type SendOptions } from './postrider-server.js';
export { signToken, type TokenClaims } from './token.js';
export type { CallOptions, TransportOptions as PostriderServerOptions } from './transport.js';
export type * from './types.js';
