import { liveVersion, samples } from '../live.js';
import { Card, Empty } from '../ui/parts.js';
import { QueueTable } from './now.cards.js';

/** The state of the queues, and the way to the board that shows their jobs. */
export function QueuesView() {
  void liveVersion.value;
  const queues = samples.cluster.at(-1)?.queues ?? [];
  return (
    <div class="stack">
      <div class="head">
        <h1>Queues</h1>
        <p class="muted">Timers, redeliveries and scheduled notifications run as jobs of these queues.</p>
      </div>
      <Card
        title="State"
        action={
          <a class="button primary" href="/console/queues">
            Open the board
          </a>
        }
      >
        {queues.length === 0 ? (
          <Empty title="Nothing told yet">
            The state comes with the samples of the nodes; the board works without.
          </Empty>
        ) : (
          <QueueTable queues={queues} />
        )}
        <p class="muted">
          The board shows every job, its data and its faults, and can retry or remove it. It is BullMQ’s own.
        </p>
      </Card>
    </div>
  );
}
