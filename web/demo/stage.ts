import { signal } from '@preact/signals';
import { ApiError, call } from './api';
import { messageOf } from './key';

export interface Person {
  user: string;
  token: string;
}

export type Role = 'customer' | 'agent' | 'shopper' | 'viewer1' | 'viewer2' | 'guest';

/** Users, topics and a key for this visit alone. */
export interface Stage {
  app: string;
  apiKey: string;
  stage: string;
  people: Record<Role, Person>;
  /** Lifetime of users, tokens and topics. */
  lifetimeMs: number;
}

export type StageState =
  | { name: 'loading' }
  | { name: 'ready'; stage: Stage }
  | { name: 'off' }
  | { name: 'over' }
  | { name: 'failed'; reason: string };

/** State of this visit's stage. */
export const stage = signal<StageState | undefined>(undefined);

/** Requests the stage once, when the first scene is shown. */
export function needStage(): void {
  if (stage.value === undefined) void openStage();
}

export async function openStage(): Promise<void> {
  stage.value = { name: 'loading' };
  try {
    const fresh = await freshStage();
    stage.value = { name: 'ready', stage: fresh };
    setTimeout(() => (stage.value = { name: 'over' }), fresh.lifetimeMs);
  } catch (error) {
    const off = error instanceof ApiError && [403, 404].includes(error.status);
    stage.value = off ? { name: 'off' } : { name: 'failed', reason: messageOf(error) };
  }
}

/** @throws ApiError 403 if the demo is off. */
export const freshStage = (): Promise<Stage> => call<Stage>('POST', '/demo/access', {});

/** Returns the full name of a topic of this stage. */
export const topicOf = ({ stage }: Stage, name: string): string => `demo.${stage}.${name}`;
