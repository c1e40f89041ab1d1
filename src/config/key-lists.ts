import { z } from 'zod';

/** API key with its publisher and app. */
export interface ApiKey {
  app: string;
  name: string;
  key: string;
}

/** Minimum length of API keys and `JWT_SECRET` in production, in characters. */
export const MIN_SECRET_LENGTH = 16;

/** Admin key of an operator, for the console and for REST on behalf of any app. */
export interface AdminKey {
  name: string;
  key: string;
}

const API_KEY = /^([A-Za-z0-9_-]{1,64}):([A-Za-z0-9._-]{1,64}):([\x21-\x2b\x2d-\x7e]{1,256})$/;

const entriesOf = (list: string): string[] => list.split(',').filter((entry) => entry.trim() !== '');

/** Parses `API_KEYS`: a list of `app:name:key`; may be empty. */
export const apiKeys = z.string().transform((list, context): readonly ApiKey[] => {
  const seen = new Set<string>();
  return entriesOf(list).flatMap((entry, index) => {
    const [, app, name, key] = API_KEY.exec(entry.trim()) ?? [];
    if (app === undefined || name === undefined || key === undefined) {
      context.addIssue(`entry ${index + 1} must be app:name:key with a key of up to 256 characters`);
      return [];
    }
    if (seen.has(key)) context.addIssue(`entry ${index + 1} repeats the key of another`);
    seen.add(key);
    return [{ app, name, key }];
  });
});

const ADMIN_KEY = /^([A-Za-z0-9._-]{1,64}):([\x21-\x2b\x2d-\x7e]{1,256})$/;

/** Parses `ADMIN_KEYS`: a list of `name:key`; may be empty. */
export const adminKeys = z.string().transform((list, context): readonly AdminKey[] => {
  const seen = new Set<string>();
  return entriesOf(list).flatMap((entry, index) => {
    const [, name, key] = ADMIN_KEY.exec(entry.trim()) ?? [];
    if (name === undefined || key === undefined) {
      context.addIssue(`entry ${index + 1} must be name:key with a key of up to 256 characters`);
      return [];
    }
    if (seen.has(name) || seen.has(key)) context.addIssue(`entry ${index + 1} repeats the name or key of another`);
    seen.add(name).add(key);
    return [{ name, key }];
  });
});

/** Parses `JWT_SECRETS_PREVIOUS`: a list of secrets; may be empty. */
export const secrets = z
  .string()
  .transform((list): readonly string[] => entriesOf(list).map((secret) => secret.trim()));
