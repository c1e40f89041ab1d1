import type { RedisSentinelRig } from '../support/redis-sentinel-rig.js';
import { duration, nowMs } from './clock.js';
import type { Stage } from './stage.js';

/**
 * Fails over to a replica that lacks the last writes. Both replicas stop, the primary accepts
 * writes that nobody else has during `meanwhile`, and then it dies. The replicas restart from their
 * files, so that nothing is left in their sockets.
 */
export async function failOverUnreplicated(
  stage: Stage,
  sentinel: RedisSentinelRig,
  meanwhile: () => Promise<void>,
): Promise<void> {
  const primary = await sentinel.primary();
  const replicas = await sentinel.replicas();
  stage.say('SIGSTOP of both replicas');
  for (const replica of replicas) replica.pause();
  await meanwhile();
  stage.say('kill −9 of the primary; the replicas start again');
  await Promise.all([primary, ...replicas].map((node) => node.kill()));
  const killedAtMs = nowMs();
  await Promise.all(replicas.map((replica) => replica.restart()));
  const promoted = await sentinel.promoted(primary);
  stage.say(`port ${promoted.port} is primary after ${duration(nowMs() - killedAtMs)}`);
  await primary.restart();
}
