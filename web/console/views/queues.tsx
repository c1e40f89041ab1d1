import { liveVersion, samples } from '../live.js';
import { Card, Empty } from '../ui/parts.js';
import { QueueTable } from './now-cards.js';
import { addressOf } from '../../shared/address.js';

const BOARD = addressOf('/console/queues');

/** The state of the queues, and the board that shows their jobs. */
export function QueuesView() {
  void liveVersion.value;
  const queues = samples.cluster.at(-1)?.queues ?? [];
  return (
    <div class="stack">
      <div class="head">
        <h1>Queues</h1>
        <p class="muted">Timers, redeliveries and scheduled notifications run as jobs of these queues.</p>
      </div>
      <Card title="State">
        {queues.length === 0 ? (
          <Empty title="Nothing told yet">
            The state comes with the samples of the nodes; the board below works without.
          </Empty>
        ) : (
          <QueueTable queues={queues} />
        )}
      </Card>
      <Card
        title="Board"
        action={
          <a class="button small" href={BOARD}>
            Open the board by itself
          </a>
        }
      >
        <p class="muted">Every job, its data and its faults, to retry or to remove. It is BullMQ’s own.</p>
        <iframe class="board" src={BOARD} title="Board of the queues" />
      </Card>
    </div>
  );
}
