/** The topic to which every session is subscribed. */
export const ALL_TOPIC = 'all';

/**
 * Apps of our own. Their dot is what no app of a team may have (`API_KEYS` and the claim `app` take none), so they cannot
 * collide: what the console watches, and what the demo plays with.
 */
export const SYSTEM_APP = 'postrider.system';
export const DEMO_APP = 'postrider.demo';
/** What every process tells of itself, in the app `SYSTEM_APP`. */
export const SAMPLES_TOPIC = 'system.samples';

export const isInternalApp = (app: string): boolean => app === SYSTEM_APP || app === DEMO_APP;

const USER_PREFIX = 'user:';
const SESSION_PREFIX = 'session:';

/** User ids and session ids: 1 to 128 of letters, digits and `. _ : @ | + = ~ -`. */
const ID = /^[A-Za-z0-9._:@|+=~-]{1,128}$/;
/** Named topics: the same characters, up to 200, the first a letter or digit. */
const NAMED = /^[A-Za-z0-9][A-Za-z0-9._:@|+=~-]{0,199}$/;

export type TopicName =
  { kind: 'user'; id: string } | { kind: 'session'; id: string } | { kind: 'all' } | { kind: 'named' };

/** The personal topic of a user; the id must be one. */
export const userTopic = (id: string): string => USER_PREFIX + id;

/** The topic of one session; the id must be one. */
export const sessionTopic = (id: string): string => SESSION_PREFIX + id;

/** Whether this may name a user. */
export const isUserId = (text: string): boolean => ID.test(text);

/** Whether this may name a topic of any kind. */
export const isTopicName = (text: string): boolean => parseTopic(text) !== undefined;

/** What kind of topic a name stands for, or `undefined` where it is not a topic name. */
export function parseTopic(name: string): TopicName | undefined {
  if (name === ALL_TOPIC) return { kind: 'all' };
  if (name.startsWith(USER_PREFIX)) return reserved('user', name.slice(USER_PREFIX.length));
  if (name.startsWith(SESSION_PREFIX)) return reserved('session', name.slice(SESSION_PREFIX.length));
  return NAMED.test(name) ? { kind: 'named' } : undefined;
}

function reserved(kind: 'user' | 'session', id: string): TopicName | undefined {
  return ID.test(id) ? { kind, id } : undefined;
}

/** Whether a topic belongs to a session by itself: everybody's, its user's, or its own. */
export const isTopicOf = (topic: string, user: string, session: string | undefined): boolean =>
  topic === ALL_TOPIC || topic === userTopic(user) || (session !== undefined && topic === sessionTopic(session));
