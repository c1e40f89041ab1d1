import { type Message, Postrider, type PostriderError } from '@postrider/client';
import { useEffect, useReducer, useRef, useState } from 'react';

export interface Options {
  /** URL of the Postrider server. */
  url: string;
  /** Returns a token of the signed-in user; called again before it expires. */
  token: () => string | Promise<string>;
  /** Topics in addition to the user's own notifications. */
  topics?: readonly string[];
}

export interface Notification {
  message: Message;
  read: boolean;
}

export interface Inbox {
  state: Postrider['state'];
  /** Newest first. */
  notifications: readonly Notification[];
  /**
   * Marks a notification as read. That is the application's own state; the server only knows which
   * notifications have arrived.
   */
  markRead: (id: string) => void;
  /** Last error. */
  error: string | undefined;
}

type Change = { arrived: Message } | { read: string };

/** Connects while the component is mounted. */
export function useNotifications({ url, token, topics = [] }: Options): Inbox {
  const [state, setState] = useState<Postrider['state']>('connecting');
  const [error, setError] = useState<string>();
  const [notifications, change] = useReducer(changed, []);
  // A new function on every render must not mean a new connection.
  const latestToken = useRef(token);
  useEffect(() => void (latestToken.current = token));
  const wanted = topics.join('\n');

  useEffect(() => {
    // Every tab shows its own list; by default, the tabs of a browser share the work.
    const client = new Postrider({ url, token: () => latestToken.current(), seen: 'tab' });
    // Acknowledged when this returns, because the page then has it.
    const arrived = (message: Message): void => change({ arrived: message });
    client.on('state', ({ state }) => setState(state));
    client.on('error', ({ message }) => setError(message));
    client.on('notification', arrived);
    for (const topic of wanted.split('\n').filter(Boolean)) {
      client.subscribe(topic, arrived).catch(({ code, message }: PostriderError) => {
        // `closed` means that the component was unmounted before the subscription was confirmed.
        if (code !== 'closed') setError(message);
      });
    }
    return () => void client.close();
  }, [url, wanted]);

  const markRead = (id: string): void => change({ read: id });
  return { state, notifications, markRead, error };
}

function changed(notifications: readonly Notification[], change: Change): readonly Notification[] {
  if ('arrived' in change) return [{ message: change.arrived, read: false }, ...notifications];
  return notifications.map((one) => (one.message.id === change.read ? { ...one, read: true } : one));
}
