export { PostriderError, type ErrorCode } from './error.js';
export { Listing, type Page } from './listing.js';
export { PostriderServer, type ListOptions, type SendOptions } from './postrider-server.js';
export { signToken, type TokenClaims } from './token.js';
export type { TransportOptions as PostriderServerOptions } from './options.js';
export type { CallOptions } from './transport.js';
export type * from './types.js';
