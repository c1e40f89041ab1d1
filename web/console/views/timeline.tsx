import { api } from '../api/calls.js';
import { useLoad } from '../ui/load.js';
import { Card, Empty, ErrorBox, Loading, StatePill, Time } from '../ui/parts.js';
import { TopicLink } from '../ui/topic-link.js';

/** Events of a notification. */
export function TimelineCard({ id, version }: { id: string; version: number }) {
  const { data, error, reload } = useLoad(() => api.timeline(id), [id, version]);
  return (
    <Card title="Timeline">
      {error ? (
        <ErrorBox error={error} retry={reload} />
      ) : !data ? (
        <Loading what="Loading the timeline" />
      ) : data.items.length === 0 ? (
        <Empty title="No events" />
      ) : (
        <ol class="timeline">
          {data.items.map(({ at, event, topic, attempt, reason }, index) => (
            <li key={`${at} ${event} ${topic} ${index}`}>
              <div class="row">
                <StatePill state={event} />
                {attempt !== undefined && <span class="muted">attempt {attempt}</span>}
                {reason && <span class="muted">{reason}</span>}
              </div>
              <div class="row muted">
                <Time at={at} />
                {topic && <TopicLink topic={topic} />}
              </div>
            </li>
          ))}
        </ol>
      )}
    </Card>
  );
}
