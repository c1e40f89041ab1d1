import { signal } from '@preact/signals';
import { ApiError, currentApp, onUnauthorized } from './api/call.js';
import { api } from './api/calls.js';
import type { ConsoleSession } from './api/types.js';
import { kept } from './kept.js';
import { type Route, parseRoute } from './lib/route.js';

/**
 * Sign-in state. `ended`: the server no longer knows the session; signing in returns to the same
 * place.
 */
export type SignIn =
  | { phase: 'loading' }
  | { phase: 'failed'; error: unknown }
  | { phase: 'out'; ended: boolean }
  | { phase: 'in'; session: ConsoleSession };

const APP = 'app';
/** True if this browser signed in and did not sign out. The page cannot read the cookie. */

export const signIn = signal<SignIn>({ phase: 'loading' });
export const route = signal<Route>(parseRoute(location.hash));

/** Checks for a session, then follows the address. */
export function startState(): void {
  addEventListener('hashchange', () => (route.value = parseRoute(location.hash)));
  onUnauthorized.listener = () => {
    if (signIn.peek().phase === 'in') signOut(true);
  };
  void restoreSession();
}

export async function restoreSession(): Promise<void> {
  signIn.value = { phase: 'loading' };
  try {
    const session = await api.session();
    if (session) enter(session);
    else signOut(false);
  } catch (error) {
    const refused = error instanceof ApiError && (error.status === 401 || error.status === 403);
    if (refused) signOut(true);
    else signIn.value = { phase: 'failed', error };
  }
}

/** @throws ApiError if the key is refused. */
export async function enterWith(key: string): Promise<void> {
  enter(await api.signIn(key));
}

export async function leave(): Promise<void> {
  await api.signOut();
  signOut(false);
}

export function chooseApp(app: string): void {
  currentApp.value = app;
  kept.write(APP, app);
}

export function goTo(href: string): void {
  location.hash = href;
}

function enter({ name, apps }: ConsoleSession): void {
  const app = kept.read(APP);
  currentApp.value = app && apps.includes(app) ? app : (apps[0] ?? '');
  signIn.value = { phase: 'in', session: { name, apps } };
}

function signOut(ended: boolean): void {
  signIn.value = { phase: 'out', ended };
}
