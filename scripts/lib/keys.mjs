import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandLine } from './command-line.mjs';
import { codeOf, SetupError } from './setup-error.mjs';

const REQUIRED = ['API_KEYS', 'JWT_SECRET', 'REDIS_URL'];

/**
 * @param {NodeJS.ProcessEnv} env
 * @throws {SetupError} naming every secret that production needs and the environment lacks
 */
export function requireProductionKeys(env) {
  const missing = REQUIRED.filter((name) => !env[name] && !(name === 'API_KEYS' && env.API_KEYS_FILE));
  if (missing.length > 0) {
    throw new SetupError(`NODE_ENV=production needs ${missing.join(', ')}: nothing is generated there.`);
  }
}

/**
 * Returns the secrets of this development machine: those of the environment, or else those
 * generated once into `dir`, readable by their owner only.
 * @param {string} dir
 * @param {NodeJS.ProcessEnv} env
 * @returns `apiKeys` and `adminKeys` as in the environment, `apiKey` and `adminKey` the first of
 * each
 */
export function developmentKeys(dir, env) {
  const isGiven = env.API_KEYS && env.ADMIN_KEYS && env.JWT_SECRET;
  const generated = isGiven ? undefined : readOrGenerate(dir);
  const apiKeys = env.API_KEYS || `main:dev:${generated?.apiKey}`;
  const adminKeys = env.ADMIN_KEYS || `dev:${generated?.adminKey}`;
  const jwtSecret = env.JWT_SECRET || generated?.jwtSecret || '';
  return { apiKeys, apiKey: firstKeyOf(apiKeys, 2), adminKeys, adminKey: firstKeyOf(adminKeys, 1), jwtSecret };
}

/**
 * Returns the first key of a list. A key may contain colons; the words before it may not.
 * @param {string} list
 * @param {number} words
 */
function firstKeyOf(list, words) {
  return (list.split(',')[0] ?? '').split(':').slice(words).join(':');
}

/**
 * Signs a token (HS256) of a user. Without patterns it may subscribe and publish everywhere.
 * @param {{ user: string, app?: string, topics?: string[], publish?: string[], hours?: number }}
 * claims
 * @param {string} secret
 */
export function signToken({ user, app, topics = ['*'], publish = ['*'], hours = 24 }, secret) {
  const issuedAt = Math.floor(Date.now() / 1000);
  const claims = {
    sub: user,
    app,
    topics,
    publish,
    jti: randomUUID(),
    iat: issuedAt,
    exp: issuedAt + Math.ceil(hours * 3600),
  };
  /** @param {object} value */
  const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`;
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}

/**
 * Returns the secret for signing tokens: that of the environment, or else the one that `npm start`
 * generated into `dir`.
 * @param {string} dir
 * @param {NodeJS.ProcessEnv} env
 * @throws {SetupError} if there is neither
 */
export function knownJwtSecret(dir, env) {
  if (env.JWT_SECRET) return env.JWT_SECRET;
  const path = join(dir, 'keys.json');
  if (!existsSync(path)) {
    throw new SetupError(
      `No secret to sign with: run \`${commandLine('start')}\` once, which generates ${path}, or set JWT_SECRET.`,
    );
  }
  return readKeys(path).jwtSecret;
}

/** @param {string} dir */
function readOrGenerate(dir) {
  const path = join(dir, 'keys.json');
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  try {
    writeFileSync(path, `${JSON.stringify(generate(), null, 2)}\n`, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
  const keys = readKeys(path);
  // Written by a version without a console.
  if (!keys.adminKey) {
    keys.adminKey = newKey('admin');
    writeFileSync(path, `${JSON.stringify(keys, null, 2)}\n`, { mode: 0o600 });
  }
  return keys;
}

/** @param {string} path @returns {ReturnType<typeof generate>} */
function readKeys(path) {
  const keys = JSON.parse(readFileSync(path, 'utf8'));
  if (!keys.apiKey || !keys.jwtSecret) throw new SetupError(`${path} is damaged; delete it to get new keys.`);
  return keys;
}

function generate() {
  return { apiKey: newKey('dev'), adminKey: newKey('admin'), jwtSecret: randomBytes(32).toString('base64url') };
}

/** @param {string} kind */
const newKey = (kind) => `${kind}_${randomBytes(24).toString('base64url')}`;
