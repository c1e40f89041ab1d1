/** Topic to which every session is subscribed. */
export const ALL_TOPIC = 'all';

/**
 * First part of the names of internal apps. `API_KEYS` and the claim `app` refuse its dot, so no
 * other app can collide with them.
 */
export const INTERNAL_PREFIX = 'postrider.';
/** App in which the processes publish their samples. */
export const SYSTEM_APP = `${INTERNAL_PREFIX}system`;
/** Topic of the samples that every process publishes, in the app `SYSTEM_APP`. */
export const SAMPLES_TOPIC = 'system.samples';

export const isInternalApp = (app: string): boolean => app.startsWith(INTERNAL_PREFIX);

const USER_PREFIX = 'user:';
const SESSION_PREFIX = 'session:';

/**
 * User ids and session ids: 1 to 128 letters, digits and `. _ : @
 * + = ~ -`.
 */
const ID = /^[A-Za-z0-9._:@|+=~-]{1,128}$/;
/** Named topics: up to 200 of the same characters, beginning with a letter or digit. */
const NAMED = /^[A-Za-z0-9][A-Za-z0-9._:@|+=~-]{0,199}$/;

export type TopicName =
  { kind: 'user'; id: string } | { kind: 'session'; id: string } | { kind: 'all' } | { kind: 'named' };

/** Personal topic of a user; `id` must be a valid user id. */
export const userTopic = (id: string): string => USER_PREFIX + id;

/** Topic of one session; `id` must be a valid session id. */
export const sessionTopic = (id: string): string => SESSION_PREFIX + id;

/** True for the name of the topic of a session. */
export const isSessionTopic = (topic: string): boolean => topic.startsWith(SESSION_PREFIX);

/** True for the name of the topic of a user or a session. */
export const isPersonalTopic = (topic: string): boolean => topic.startsWith(USER_PREFIX) || isSessionTopic(topic);

/** True if the text may name a user. */
export const isUserId = (text: string): boolean => ID.test(text);

/** True if the text may name a topic of any kind. */
export const isTopicName = (text: string): boolean => parseTopic(text) !== undefined;

/** Kind of topic that a name stands for; `undefined` if it is not a topic name. */
export function parseTopic(name: string): TopicName | undefined {
  if (name === ALL_TOPIC) return { kind: 'all' };
  if (name.startsWith(USER_PREFIX)) return reserved('user', name.slice(USER_PREFIX.length));
  if (name.startsWith(SESSION_PREFIX)) return reserved('session', name.slice(SESSION_PREFIX.length));
  return NAMED.test(name) ? { kind: 'named' } : undefined;
}

function reserved(kind: 'user' | 'session', id: string): TopicName | undefined {
  return ID.test(id) ? { kind, id } : undefined;
}

/**
 * True if every session has this topic without subscribing: `all`, the personal topic, or its own.
 */
export const isTopicOf = (topic: string, user: string, session: string | undefined): boolean =>
  topic === ALL_TOPIC || topic === userTopic(user) || (session !== undefined && topic === sessionTopic(session));
