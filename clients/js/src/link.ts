import type { State } from './connection.machine.js';
import type { PostriderError } from './errors.js';
import type { Welcome } from './frames.js';

/** The connection as those see it who talk over it. */
export interface Link {
  readonly state: State;
  /** The server's last greeting. */
  readonly welcome: Welcome | undefined;
  /** Why there will be no connection, where that is so. */
  readonly closedBy: PostriderError | undefined;
  /** Number of the newest request. */
  readonly lastId: number;
  /** Sends a frame; what is sent in one go travels together. Nothing happens where there is no connection. */
  send(event: string, data?: unknown): void;
  /**
   * Sends a frame that is answered.
   * @throws PostriderError `not_connected`, `connection_lost`, `timeout`, `payload_too_large`, `not_serializable`, or what
   *   the server says.
   */
  ask<T>(event: string, data: unknown): Promise<T>;
}
