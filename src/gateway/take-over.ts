import { EventLogger } from '../observability/event-logger.js';
import type { Connection } from './connection.js';

const logger = new EventLogger('Sessions');

/** Releases a connection whose session another connection has taken over. */
export function takeOver(connection: Connection): void {
  logger.event('session_taken_over', connection.ids);
  connection.release('taken_over');
}
