import { z } from 'zod';
import { SERVER_DATA } from '../../src/contract/server-frames.js';

const frameId = z.union([z.string(), z.number()]).optional();

/** Stricter than a client may be: a field that the schemas do not tell of is missing from the documents. */
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

/** What is wrong with a frame of the server by its schema (src/contract/server-frames.ts); undefined where nothing is. */
export function serverFrameFault(frame: unknown): string | undefined {
  const { data } = named.safeParse(frame);
  if (!data) return 'it has no event';
  const schema = FRAMES.get(data.event);
  if (!schema) return `there is no event ${data.event}`;
  const { error } = schema.safeParse(frame);
  return error && `${data.event}: ${z.prettifyError(error)}`;
}
