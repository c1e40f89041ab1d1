/** Contracts of the ports and a node, for your own specs; see docs/extending.md. */
export { acceptHookContract, type AcceptHookSubject } from './accept-hook-contract.js';
export { authenticatorContract, type AuthenticatorSubject } from './authenticator-contract.js';
export type { ContractCase } from './contract-case.js';
export {
  publisherAuthenticatorContract,
  type PublisherAuthenticatorSubject,
} from './publisher-authenticator-contract.js';
export { readinessCheckContract, type ReadinessCheckSubject } from './readiness-check-contract.js';
export { recipientResolverContract, type RecipientResolverSubject } from './recipient-resolver-contract.js';
export { topicAuthorizerContract, type TopicAuthorizerSubject } from './topic-authorizer-contract.js';
export { TestNode, type TestNodeOptions, type TestTokenClaims } from './test-node.js';
