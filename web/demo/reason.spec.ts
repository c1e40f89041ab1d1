import { expect, it } from '@jest/globals';
import type { StateChange } from '@postrider/client';
import { reasonOf } from './reason';

it.each<[StateChange, string]>([
  [{ state: 'open' }, ''],
  [{ state: 'connecting' }, ''],
  [{ state: 'waiting', reason: 'connection_lost', retryInMs: 1_240 }, 'connection lost, next try in 1.2 s'],
  [{ state: 'waiting', reason: 'connection_lost' }, 'connection lost'],
  [{ state: 'waiting', reason: 'unreachable', retryInMs: 60 }, 'the server is unreachable, next try in 0.1 s'],
  [{ state: 'closed', reason: 'by_application' }, 'disconnected'],
  [{ state: 'closed', reason: 'taken_over' }, 'the session moved to another tab'],
])('%j reads “%s”', (change, words) => expect(reasonOf(change)).toBe(words));
