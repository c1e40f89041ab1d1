import { z } from 'zod';
import { configShape } from './config.schema.js';
import { MIN_SECRET_LENGTH } from './key-lists.js';
import { isPlaceholder } from './placeholder.js';
import { parseRedisUrl } from './redis-url.js';
import { about } from './setting.js';

type Parsed = z.output<z.ZodObject<typeof configShape>>;
/** Settings whose default depends on the kind of deployment. */
type Derived = 'wsQueryToken' | 'demo' | 'adminPort';
type Settings = Readonly<Omit<Parsed, Derived> & Required<Pick<Parsed, Derived>>>;
type Field = keyof Parsed;

/** Port reserved for the Prometheus exporters of OpenTelemetry, so nothing else listens there. */
const ADMIN_PORT = 9_464;

/** `wsMaxFrameBytes` → `WS_MAX_FRAME_BYTES`. */
export const variableOf = (field: string): string => field.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();

/** Names of the Postrider variables that are set; no values, which may be secrets. */
export const namesSet = (env: Readonly<Record<string, string | undefined>> = process.env): string[] =>
  Object.keys(configShape)
    .map(variableOf)
    .filter((name) => env[name]);

/** Names every invalid variable at boot, never a value, which may be a secret. */
export class ConfigError extends Error {
  constructor(readonly problems: readonly string[]) {
    super(`The configuration is not valid:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.name = 'ConfigError';
  }
}

const schema = z.object(configShape).check(
  atLeast('recordRetentionMs', 'idempotencyTtlMs'),
  atLeast('httpBatchBodyBytes', 'httpBodyBytes'),
  atLeast('httpBodyBytes', 'dataMaxBytes'),
  atLeast('wsSendBufferHardBytes', 'wsSendBufferBytes'),
  atLeast('admissionNormalPercent', 'admissionLowPercent'),
  atLeast('admissionHighPercent', 'admissionNormalPercent'),
  atLeast('heartbeatTimeoutMs', 'heartbeatMs'),
  together('tlsCertFile', 'tlsKeyFile'),
  together('redisTlsCertFile', 'redisTlsKeyFile'),
  z.refine<Parsed>(({ port, adminPort }) => port === 0 || port !== adminPort, {
    path: ['adminPort'],
    error: 'must differ from PORT',
    when: areRead('port', 'adminPort'),
  }),
  z.refine<Parsed>(({ apiKeys, apiKeysFile }) => apiKeys.length > 0 || apiKeysFile !== undefined, {
    path: ['apiKeys'],
    error: 'is required',
    when: areRead('apiKeys', 'apiKeysFile'),
  }),
  z.refine<Parsed>(({ jwksUrl, jwksFile }) => jwksUrl === undefined || jwksFile === undefined, {
    path: ['jwksFile'],
    error: 'cannot be used together with JWKS_URL',
    when: areRead('jwksUrl', 'jwksFile'),
  }),
  z.refine<Parsed>(canVerify, {
    path: ['jwtAlgorithms'],
    error: 'lists algorithms that require JWKS_URL or JWKS_FILE',
    when: areRead('jwtAlgorithms', 'jwksUrl', 'jwksFile'),
  }),
  z.refine<Parsed>(({ nodeEnv, jwksUrl }) => nodeEnv !== 'production' || !jwksUrl || isPrivate(jwksUrl), {
    path: ['jwksUrl'],
    error: 'must be https in production; otherwise a man in the middle could substitute keys',
    when: areRead('jwksUrl', 'nodeEnv'),
  }),
  inProduction('jwtSecret', ({ jwtSecret }) => isLong(jwtSecret)),
  inProduction('jwtSecretsPrevious', ({ jwtSecretsPrevious }) => jwtSecretsPrevious.every(isLong)),
  inProduction('apiKeys', ({ apiKeys }) => apiKeys.every(({ key }) => isLong(key))),
  inProduction('adminKeys', ({ adminKeys }) => adminKeys.every(({ key }) => isLong(key))),
  ownInProduction('jwtSecret', ({ jwtSecret }) => [jwtSecret]),
  ownInProduction('jwtSecretsPrevious', ({ jwtSecretsPrevious }) => jwtSecretsPrevious),
  ownInProduction('apiKeys', ({ apiKeys }) => apiKeys.map(({ key }) => key)),
  ownInProduction('adminKeys', ({ adminKeys }) => adminKeys.map(({ key }) => key)),
  ownInProduction('redisUrl', ({ redisUrl }) => passwordsOf(redisUrl)),
  z.refine<Parsed>(({ adminKeys, apiKeys }) => !adminKeys.some(({ key }) => apiKeys.some((api) => api.key === key)), {
    path: ['adminKeys'],
    error: 'must not contain a key of API_KEYS',
    when: areRead('adminKeys', 'apiKeys'),
  }),
);

type NumberField = { [F in Field]: Parsed[F] extends number ? F : never }[Field];

function atLeast(larger: NumberField, smaller: NumberField) {
  return z.refine<Parsed>((settings) => settings[larger] >= settings[smaller], {
    path: [larger],
    error: `must be at least ${variableOf(smaller)}`,
    when: areRead(larger, smaller),
  });
}

type TextField = { [F in Field]: Parsed[F] extends string ? F : never }[Field];

function together(one: TextField, other: TextField) {
  return z.refine<Parsed>((settings) => (settings[one] === '') === (settings[other] === ''), {
    path: [one],
    error: `must be set together with ${variableOf(other)}`,
    when: areRead(one, other),
  });
}

type Secret = 'apiKeys' | 'adminKeys' | 'jwtSecret' | 'jwtSecretsPrevious';

function inProduction(secret: Secret, isStrong: (settings: Parsed) => boolean) {
  return z.refine<Parsed>((settings) => settings.nodeEnv !== 'production' || isStrong(settings), {
    path: [secret],
    error: `must have at least ${MIN_SECRET_LENGTH} characters${secret === 'jwtSecret' ? '' : ' in each key'} in production`,
    when: areRead(secret, 'nodeEnv'),
  });
}

function ownInProduction(field: Secret | 'redisUrl', secretsOf: (settings: Parsed) => readonly string[]) {
  return z.refine<Parsed>((settings) => settings.nodeEnv !== 'production' || !secretsOf(settings).some(isPlaceholder), {
    path: [field],
    error:
      'is a placeholder from an example, which everybody knows: generate a secret, for example with openssl rand -hex 32',
    when: areRead(field, 'nodeEnv'),
  });
}

function passwordsOf(url: string): string[] {
  const { auth, sentinelAuth } = parseRedisUrl(url);
  return [auth.password, sentinelAuth?.password].flatMap((password) => password || []);
}

/**
 * Runs a check between variables even if other variables are invalid, so that all faults are
 * reported at once.
 */
function areRead(...fields: Field[]) {
  return ({ issues }: z.core.ParsePayload): boolean =>
    !issues.some(({ path }) => fields.some((field) => path?.[0] === field));
}

function canVerify({ jwtAlgorithms = ['HS256'], jwksUrl, jwksFile }: Parsed): boolean {
  return jwksUrl !== undefined || jwksFile !== undefined || jwtAlgorithms.every((name) => name === 'HS256');
}

/** True for the loopback interface: nobody else can read or change what is fetched there. */
const isPrivate = ({ protocol, hostname }: URL): boolean =>
  protocol === 'https:' || hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname);

const isLong = (secret: string): boolean => secret.length >= MIN_SECRET_LENGTH;

/** Base class with one typed field for each setting, so that none has to be named twice. */
const Fields = class {
  constructor(settings: Settings) {
    Object.assign(this, settings);
  }
} as new (settings: Settings) => Settings;

/** Settings of this process, validated once at boot. Nothing else reads the environment. */
export class Config extends Fields {
  /**
   * @throws ConfigError naming each missing or invalid variable. An empty variable counts as unset.
   */
  static from(env: Readonly<Record<string, string | undefined>> = process.env): Config {
    const given = Object.entries(configShape).map(([field, setting]) => [
      field,
      env[variableOf(field)] || about(setting).default,
    ]);
    const parsed = schema.safeParse(Object.fromEntries(given));
    if (!parsed.success) throw new ConfigError(parsed.error.issues.map(describe));
    const lenient = parsed.data.nodeEnv !== 'production';
    const { wsQueryToken = lenient, demo = lenient, ...rest } = parsed.data;
    const { adminPort = lenient ? 'none' : ADMIN_PORT } = rest;
    return new Config({ ...rest, wsQueryToken, demo, adminPort });
  }
}

function describe(issue: z.core.$ZodIssue): string {
  const missing = issue.code === 'invalid_type' && issue.input === undefined;
  const name = variableOf(String(issue.path[0]));
  return `${name}: ${missing ? 'is required' : issue.message}`;
}
