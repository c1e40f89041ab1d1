import { EventLogger } from '../observability/event-logger.js';
import type { Connection } from './connection.js';

const logger = new EventLogger('Sessions');

/** Another connection has the session now. */
export function takeOver(connection: Connection): void {
  logger.event('session_taken_over', connection.ids);
  connection.release('taken_over');
}
