import { liveVersion, samples } from '../live.js';
import { Card, Empty } from '../ui/parts.js';
import { QueueTable } from './now-cards.js';
import { addressOf } from '../../shared/address.js';

const BOARD = addressOf('/console/queues');

/** State of the queues, and the board with their jobs. */
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
          <Empty title="No samples yet">
            The state comes with the samples of the nodes. The board below works without them.
          </Empty>
        ) : (
          <QueueTable queues={queues} />
        )}
      </Card>
      <Card
        title="Board"
        action={
          <a class="button small" href={BOARD}>
            Open the board in a tab
          </a>
        }
      >
        <p class="muted">BullMQ’s own board: inspect, retry or remove any job.</p>
        <iframe class="board" src={BOARD} title="Queue board" />
      </Card>
    </div>
  );
}
