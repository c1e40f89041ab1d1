import { JsonText } from './json/json-text.js';
import { ACK_POLICIES, PRIORITIES } from './terms.js';
import { isTopicName, isUserId } from './topic-name.js';

/** Text of which nothing can be wrong. */
const PLAIN = /^[\x20-\x7e]{1,128}$/;

/**
 * Reads the most usual notifications without a walk through their schema, which takes ten times as
 * long: to one user or topic, with data kept as text.
 * @returns a copy as the schema returns it, or undefined if the schema has to decide.
 */
export function usualNotification(given: unknown, maxDataDepth: number): object | undefined {
  if (!isRecord(given)) return undefined;
  const { to, type, data, ack, priority } = given;
  const fields = 3 + Number(ack !== undefined) + Number(priority !== undefined);
  return Object.keys(given).length === fields &&
    isRecord(to) &&
    isUsualTarget(to) &&
    typeof type === 'string' &&
    PLAIN.test(type) &&
    data instanceof JsonText &&
    data.depth <= maxDataDepth &&
    (ack === undefined || ACK_POLICIES.some((policy) => policy === ack)) &&
    (priority === undefined || PRIORITIES.some((known) => known === priority))
    ? { ...given, to: { ...to } }
    : undefined;
}

function isUsualTarget(to: Record<string, unknown>): boolean {
  const { user, topic } = to;
  if (Object.keys(to).length !== 1) return false;
  return typeof user === 'string' ? isUserId(user) : typeof topic === 'string' && isTopicName(topic);
}

/** True for an object whose fields are all its own. */
function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
