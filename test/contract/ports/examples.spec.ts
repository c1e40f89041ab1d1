import {
  acceptHookContract,
  authenticatorContract,
  readinessCheckContract,
  recipientResolverContract,
  topicAuthorizerContract,
} from 'postrider/testing';
import { OpaqueAuthenticator } from '../../../examples/authenticator-opaque/opaque-authenticator.js';
import { TokenTable } from '../../../examples/authenticator-opaque/token-table.js';
import { AuditHook } from '../../../examples/accept-hook-audit/audit-hook.js';
import { AuditTrail } from '../../../examples/accept-hook-audit/audit-trail.js';
import { License } from '../../../examples/readiness-license/license.js';
import { LicenseReadiness } from '../../../examples/readiness-license/license-readiness.js';
import { TeamDirectory } from '../../../examples/recipient-resolver-teams/team-directory.js';
import { TeamRecipientResolver } from '../../../examples/recipient-resolver-teams/team-recipient-resolver.js';
import { RoomDirectory } from '../../../examples/topic-authorizer-rooms/room-directory.js';
import { RoomTopicAuthorizer } from '../../../examples/topic-authorizer-rooms/room-topic-authorizer.js';
import { describeContract } from './describe-contract.js';

const HOUR_MS = 3_600_000;

describeContract(
  'the example with opaque tokens',
  'an Authenticator',
  authenticatorContract(() => {
    const tokens = new TokenTable();
    return {
      authenticator: new OpaqueAuthenticator(tokens),
      issue: (identity) => tokens.issue({ ...identity, expiresAtMs: Date.now() + 2 * HOUR_MS }),
      expired: () => tokens.issue({ user: 'ada', app: 'main', topics: [], publish: [], expiresAtMs: Date.now() - 1 }),
    };
  }),
);

describeContract(
  'the example with rooms',
  'a TopicAuthorizer',
  topicAuthorizerContract(() => {
    const rooms = new RoomDirectory();
    rooms.enter('main', 'lobby', 'ada');
    rooms.enter('main', 'cellar', 'ada');
    rooms.leave('main', 'cellar', 'ada');
    return {
      authorizer: new RoomTopicAuthorizer(rooms),
      identity: { user: 'ada', app: 'main', expiresAtMs: Date.now() + HOUR_MS, topics: ['*'], publish: [] },
      maySubscribe: ['room.lobby', 'orders.eu', 'all', 'user:ada'],
      mayNotSubscribe: ['room.attic', 'room.cellar', 'user:ben'],
      mayPublish: ['room.lobby'],
      mayNotPublish: ['room.attic', 'room.cellar', 'orders.eu'],
    };
  }),
);

describeContract(
  'the example with teams',
  'a RecipientResolver',
  recipientResolverContract(() => {
    const teams = new TeamDirectory();
    teams.define('main', 'support', ['ada', 'ben']);
    teams.define('main', 'empty', []);
    teams.define('other', 'theirs', ['cyd']);
    return {
      resolver: new TeamRecipientResolver(teams),
      known: [
        { to: { topic: 'team:support' }, topics: ['user:ada', 'user:ben'] },
        { to: { topics: ['user:ben', 'team:support', 'news'] }, topics: ['user:ben', 'user:ada', 'news'] },
      ],
      refused: [{ topic: 'team:unknown' }, { topic: 'team:empty' }, { topic: 'team:theirs' }],
    };
  }),
);

describeContract(
  'the example with an audit trail',
  'an AcceptHook',
  acceptHookContract(() => ({
    hook: new AuditHook(new AuditTrail()),
    accepted: [
      { to: { user: 'ada' }, type: 'order.shipped', data: 1 },
      { to: { all: true }, type: 'news', data: null, metadata: { shop: 'eu' } },
    ],
    refused: [{ to: { user: 'ada' }, type: 'internal.audit', data: 1 }],
  })),
);

const licenseEnding = (endsAtMs: number): LicenseReadiness => {
  const license = new License();
  license.endsAtMs = endsAtMs;
  return new LicenseReadiness(license);
};

describeContract(
  'the example with a license',
  'a ReadinessCheck',
  readinessCheckContract(() => ({
    ready: () => licenseEnding(Date.now() + HOUR_MS),
    notReady: () => licenseEnding(Date.now() - 1),
  })),
);
