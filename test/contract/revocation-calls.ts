import { pageQuery } from '../../src/contract/page.js';
import { lifted, revocation, revocationBody, revocationsPage } from '../../src/contract/revocation.schema.js';
import { AT, type RestCall } from './rest-call.js';

const stolen = {
  id: 'user:alice',
  user: 'alice',
  before: AT,
  createdAt: AT,
  expiresAt: '2026-03-31T12:00:00.000Z',
  reason: 'phone stolen',
};

export const REVOCATION_CALLS: readonly RestCall[] = [
  {
    group: 'Revocations',
    method: 'POST',
    path: '/v1/revocations',
    scope: 'admin',
    example: '/v1/revocations',
    meaning:
      'Revokes the tokens of a user issued so far, or a single token. Sockets opened with them are closed with 4401; their sessions ' +
      'can be resumed with a new token. If repeated, the later times win.',
    body: revocationBody,
    fields: revocationBody,
    status: 200,
    answer: { schema: revocation, example: stolen },
    refusals: '409 `revocations_full`',
  },
  {
    group: 'Revocations',
    method: 'GET',
    path: '/v1/revocations',
    scope: 'admin',
    example: '/v1/revocations',
    meaning: 'The revocations, by id.',
    query: pageQuery,
    status: 200,
    answer: { schema: revocationsPage, example: { items: [stolen], next: null } },
  },
  {
    group: 'Revocations',
    method: 'DELETE',
    path: '/v1/revocations/:id',
    scope: 'admin',
    example: '/v1/revocations/user:alice',
    meaning: 'Lifts a revocation: tokens that have not expired are valid again.',
    status: 200,
    answer: { schema: lifted, example: { id: 'user:alice', state: 'lifted' } },
    refusals: '404 `revocation_not_found`',
  },
];
