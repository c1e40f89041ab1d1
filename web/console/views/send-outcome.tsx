import type { Accepted, DryRun } from '../api/types.js';
import { count, plural } from '../lib/format.js';
import { hrefOf } from '../lib/route.js';
import { Card, Empty, Facts, StatePill, Time } from '../ui/parts.js';
import { TopicLink } from '../ui/topic-link.js';

const USERS_SHOWN = 20;

/** Recipients that the notification would have now. */
export function DryRunCard({ run, body }: { run: DryRun; body: string }) {
  const { targets, recipients } = run;
  return (
    <Card title="Dry run: nothing was sent" class="dry-run">
      <p class="big">
        {recipients.sessions === 0
          ? 'Nobody is subscribed yet; it waits for them.'
          : `${plural(recipients.sessions, 'session')} would get it, ${count(recipients.online)} of them now.`}
      </p>
      <Facts
        of={[
          ...(run.deliverAt ? ([['Delivered', <Time at={run.deliverAt} relative />]] as const) : []),
          ['Expires', <Time at={run.expiresAt} relative />],
          ['Size', `${count(body.length)} characters`],
        ]}
      />
      <ul class="targets">
        {targets.map(({ topic, subscribers, online, users }) => (
          <li key={topic} class="stack">
            <div class="row">
              <TopicLink topic={topic} />
              <span class="muted push">
                {plural(subscribers, 'session')}, {count(online)} online
              </span>
            </div>
            {users.length > 0 && (
              <div class="chips">
                {users.slice(0, USERS_SHOWN).map((user) => (
                  <a key={user} class="chip mono" href={hrefOf('find', ['user', user])}>
                    {user}
                  </a>
                ))}
                {users.length > USERS_SHOWN && <span class="muted">and {count(users.length - USERS_SHOWN)} more</span>}
              </div>
            )}
          </li>
        ))}
      </ul>
      {targets.length === 0 && <Empty title="No targets" />}
    </Card>
  );
}

export function SentCard({ answer }: { answer: Accepted }) {
  const refused = answer.targets.filter(({ error }) => error !== undefined);
  return (
    <Card title="Sent" action={<StatePill state={answer.state} />} class="sent">
      <p class="big">
        <a class="mono" href={hrefOf('find', ['notification', answer.id])}>
          {answer.id}
        </a>
      </p>
      <p class="muted">
        Stored for {plural(answer.targets.length - refused.length, 'target')}. Follow it there: who has acknowledged it
        and who is missing.
      </p>
      {refused.length > 0 && (
        <ul>
          {refused.map(({ topic, error }) => (
            <li key={topic}>
              <TopicLink topic={topic} /> <span class="fault">{error}</span>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}
