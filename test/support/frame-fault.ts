import { z } from 'zod';
import { SERVER_DATA } from '../../src/contract/server-frames.js';

const frameId = z.union([z.string(), z.number()]).optional();

/**
 * Schemas stricter than those of clients: a field missing in the schemas is missing in the
 * documents too.
 */
const FRAMES = new Map<string, z.ZodType>(
  Object.entries(SERVER_DATA).map(([event, data]) => [
    event,
    z.strictObject({
      event: z.literal(event),
      ...(data && { data: z.strictObject(data.shape) }),
      id: frameId,
    }),
  ]),
);

const named = z.object({ event: z.string() });

/**
 * Returns the fault in a server frame by its schema (src/contract/server-frames.ts); undefined if
 * there is none.
 */
export function serverFrameFault(frame: unknown): string | undefined {
  const { data } = named.safeParse(frame);
  if (!data) return 'it has no event';
  const schema = FRAMES.get(data.event);
  if (!schema) return `there is no event ${data.event}`;
  const { error } = schema.safeParse(frame);
  return error && `${data.event}: ${z.prettifyError(error)}`;
}
