import { type Notification, type Options, useNotifications } from './use-notifications';

const STATES = {
  connecting: 'Connecting …',
  open: 'Live',
  waiting: 'Offline, trying again',
  suspended: 'Offline, trying again now and then',
  closed: 'Disconnected',
};

/** Live list of the signed-in user's notifications. */
export function Inbox(options: Options) {
  const { state, notifications, markRead, error } = useNotifications(options);
  const unread = notifications.filter(({ read }) => !read).length;
  return (
    <section className="inbox" aria-label="Notifications">
      <header>
        <h1>
          Notifications <span className="count">{unread} unread</span>
        </h1>
        <p className="state" data-state={state} role="status">
          {STATES[state]}
        </p>
      </header>
      {error !== undefined && <p role="alert">{error}</p>}
      {notifications.length === 0 && <p className="empty">Nothing yet. New notifications show up here at once.</p>}
      <ul>
        {notifications.map((notification) => (
          <Item key={notification.message.id} {...notification} onRead={() => markRead(notification.message.id)} />
        ))}
      </ul>
    </section>
  );
}

function Item({ message, read, onRead }: Notification & { onRead: () => void }) {
  const { type, data, at } = message;
  return (
    <li data-read={read}>
      <div>
        <strong>{type}</strong>
        <time dateTime={at.toISOString()}>{at.toLocaleTimeString()}</time>
      </div>
      <p>{textOf(data)}</p>
      {!read && (
        <button type="button" onClick={onRead}>
          Mark as read
        </button>
      )}
    </li>
  );
}

function textOf(data: unknown): string {
  const { text } = (data ?? {}) as { text?: unknown };
  return typeof text === 'string' ? text : JSON.stringify(data);
}
