import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { OpaqueAuthenticator } from '../../examples/authenticator-opaque/opaque-authenticator.js';
import { TokenModule } from '../../examples/authenticator-opaque/token.module.js';
import { TokenTable } from '../../examples/authenticator-opaque/token-table.js';
import { AuditHook } from '../../examples/accept-hook-audit/audit-hook.js';
import { AuditModule } from '../../examples/accept-hook-audit/audit.module.js';
import { AuditTrail } from '../../examples/accept-hook-audit/audit-trail.js';
import { License } from '../../examples/readiness-license/license.js';
import { LicenseModule } from '../../examples/readiness-license/license.module.js';
import { LicenseReadiness } from '../../examples/readiness-license/license-readiness.js';
import { TeamDirectory } from '../../examples/recipient-resolver-teams/team-directory.js';
import { TeamModule } from '../../examples/recipient-resolver-teams/team.module.js';
import { TeamRecipientResolver } from '../../examples/recipient-resolver-teams/team-recipient-resolver.js';
import { RoomDirectory } from '../../examples/topic-authorizer-rooms/room-directory.js';
import { RoomModule } from '../../examples/topic-authorizer-rooms/room.module.js';
import { RoomTopicAuthorizer } from '../../examples/topic-authorizer-rooms/room-topic-authorizer.js';
import { AppRig } from '../support/app-rig.js';
import type { FrameSocket } from '../support/frame-socket.js';
import type { Problem } from '../support/rest-types.js';

let rig: AppRig;

beforeAll(async () => {
  rig = await AppRig.start({
    extensions: {
      authenticator: OpaqueAuthenticator,
      topicAuthorizer: RoomTopicAuthorizer,
      recipientResolver: TeamRecipientResolver,
      acceptHooks: [AuditHook],
      readinessChecks: [LicenseReadiness],
      imports: [TokenModule, RoomModule, TeamModule, AuditModule, LicenseModule],
    },
  });
});

afterAll(() => rig?.close(), 30_000);

function socketOf(user: string): Promise<FrameSocket> {
  const identity = { user, app: 'main', expiresAtMs: Date.now() + 60_000, topics: [], publish: [] };
  return rig.socket(user, rig.get(TokenTable).issue(identity));
}

describe('an application with a team’s own ports', () => {
  it('admits users that its authenticator knows', async () => {
    const socket = await socketOf('ada');
    expect(await socket.subscribed('user:ada')).toMatchObject({ cursor: 0 });
    await expect(rig.socket('ada', 'unknown')).rejects.toMatchObject({ status: 401 });
  });

  it('asks its authorizer', async () => {
    rig.get(RoomDirectory).enter('main', 'lobby', 'ben');
    const socket = await socketOf('ben');
    expect(await socket.request('subscribe', { topic: 'room.lobby' }, 1)).toMatchObject({ event: 'subscribed' });
    expect(await socket.request('subscribe', { topic: 'room.attic' }, 2)).toMatchObject({
      data: { code: 'forbidden' },
    });
  });

  it('delivers to the recipients that its resolver names', async () => {
    rig.get(TeamDirectory).define('main', 'support', ['cyd', 'dan']);
    const [cyd, dan] = [await socketOf('cyd'), await socketOf('dan')];
    const { targets } = await rig.rest.notify({ to: { topic: 'team:support' }, type: 'ticket.opened', data: 1 });
    expect(targets.map(({ topic }) => topic)).toEqual(['user:cyd', 'user:dan']);
    expect(await cyd.notification()).toMatchObject({ topic: 'user:cyd', type: 'ticket.opened' });
    expect(await dan.notification()).toMatchObject({ topic: 'user:dan', type: 'ticket.opened' });
  });

  it('lets its hooks refuse, rewrite and observe', async () => {
    const { body } = await rig.rest.post<Problem>('/v1/notifications', {
      to: { user: 'eve' },
      type: 'internal.x',
      data: 1,
    });
    expect([body.status, body.code, body.errors?.[0]?.field]).toEqual([403, 'forbidden', 'type']);
    const { id } = await rig.rest.notify({ to: { user: 'eve' }, type: 'news', data: 1 });
    expect(await rig.rest.status(id)).toMatchObject({ metadata: { publisher: 'shop' } });
    expect(rig.get(AuditTrail).entries).toContainEqual({ publisher: 'shop', notification: id, type: 'news' });
  });

  it('is ready only if its own checks say so', async () => {
    expect((await rig.rest.get('/health/ready')).status).toBe(200);
    rig.get(License).endsAtMs = Date.now() - 1;
    const { status, body } = await rig.rest.get('/health/ready');
    expect([status, body]).toEqual([503, expect.objectContaining({ error: { license: expect.anything() } })]);
  });
});
