import { z } from 'zod';
import { at, offset, count } from './answer-fields.schema.js';
import { pageOf } from './page.js';
import { SESSION_STATES } from './terms.js';

export const session = z
  .object({
    id: z.string(),
    user: z.string(),
    state: z.enum(SESSION_STATES),
    node: z.string().optional().meta({ description: 'Node to which it is connected' }),
    topics: z.array(z.string()),
    connectedAt: at.optional(),
    expiresAt: at.optional().meta({ description: 'When a suspended session can no longer be resumed' }),
  })
  .meta({ id: 'Session' });
export const sessionsPage = pageOf(session).meta({ id: 'SessionsPage' });
export const sessionEnded = z.object({ id: z.string(), state: z.literal('expired') }).meta({ id: 'SessionEnded' });

export const unacked = z
  .object({
    topic: z.string(),
    offset,
    id: z.string(),
    type: z.string(),
    at,
    expiresAt: at,
    attempts: count,
  })
  .meta({ id: 'Unacked' });
export const unackedPage = pageOf(unacked).meta({ id: 'UnackedPage' });

export type SessionAnswer = z.output<typeof session>;
export type SessionsPage = z.output<typeof sessionsPage>;
export type SessionEnded = z.output<typeof sessionEnded>;
export type Unacked = z.output<typeof unacked>;
export type UnackedPage = z.output<typeof unackedPage>;
