import type { NodeRow } from '../lib/figures.js';
import * as text from '../lib/format.js';
import { hrefOf } from '../lib/route.js';
import type { InstallationSample, QueueState } from '../lib/samples.js';
import { Card, Empty, Facts, Pill } from '../ui/parts.js';

export function NodesCard({ rows }: { rows: readonly NodeRow[] }) {
  return (
    <Card title="Nodes">
      <div class="table-box" tabIndex={0} role="region" aria-label="Nodes">
        <table>
          <thead>
            <tr>
              <th scope="col">Node</th>
              <th scope="col">State</th>
              <th scope="col">Roles</th>
              <th scope="col" class="number">
                Up for
              </th>
              <th scope="col" class="number">
                Connections
              </th>
              <th scope="col" class="number">
                Memory
              </th>
              <th scope="col" class="number">
                Processor
              </th>
              <th scope="col" class="number">
                Event loop
              </th>
              <th scope="col" class="number">
                Last heard
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <NodeLine key={row.sample.node} row={row} />
            ))}
          </tbody>
        </table>
      </div>
    </Card>
  );
}

function NodeLine({ row: { sample, gone, silentMs, cpu } }: { row: NodeRow }) {
  const heard = silentMs < 1_500 ? 'now' : `${text.duration(Math.round(silentMs / 1_000) * 1_000)} ago`;
  return (
    <tr class={gone ? 'gone' : ''}>
      <th scope="row">
        <span class="mono">{sample.node}</span>
        <span class="muted"> {sample.version}</span>
      </th>
      <td>
        {gone ? (
          <Pill tone="bad" dot>
            gone
          </Pill>
        ) : (
          <Pill tone="ok" dot>
            up
          </Pill>
        )}
      </td>
      <td>{sample.roles.join(', ')}</td>
      <td class="number">{gone ? text.NONE : text.duration(sample.at - sample.startedAt)}</td>
      <td class="number">{gone ? text.NONE : text.count(sample.connections)}</td>
      <td class="number">{text.bytes(sample.rssBytes)}</td>
      <td class="number">{cpu === undefined || gone ? text.NONE : `${Math.round(cpu * 100)} %`}</td>
      <td class="number" title="Longest wait of the event loop between two samples">
        {gone ? text.NONE : text.duration(sample.eventLoopMaxMs)}
      </td>
      <td class="number">{heard}</td>
    </tr>
  );
}

export function RedisCard({ redis }: { redis: InstallationSample['redis'] }) {
  const limit = redis.maxBytes > 0 ? ` of ${text.bytes(redis.maxBytes)}` : '';
  const evicts = redis.evictionPolicy !== 'noeviction';
  return (
    <Card title="Redis" action={<Pill>{`${redis.mode} ${redis.version}`}</Pill>}>
      <Facts
        of={[
          ['Memory', text.bytes(redis.usedBytes) + limit],
          ['Commands', `${text.rate(redis.commandsPerSecond)} /s`],
          ['Clients', text.count(redis.clients)],
          ['Role', `${redis.role}, ${text.plural(redis.connectedReplicas, 'replica')}`],
          ['Append-only file', <Good good={redis.aof} yes="on" no="off: a restart may lose data" />],
          ['Eviction', <Good good={!evicts} yes="none" no={`${redis.evictionPolicy}: may drop notifications`} />],
          ...(redis.hitRate === undefined ? [] : [['Hit rate', `${Math.round(redis.hitRate * 100)} %`] as const]),
        ]}
      />
    </Card>
  );
}

function Good({ good, yes, no }: { good: boolean; yes: string; no: string }) {
  return good ? <>{yes}</> : <span class="warning">{no}</span>;
}

export function QueuesCard({ queues }: { queues: readonly QueueState[] }) {
  return (
    <Card title="Queues" action={<a href={hrefOf('queues')}>Board</a>}>
      {queues.length === 0 ? <Empty title="No queues" /> : <QueueTable queues={queues} />}
    </Card>
  );
}

export function QueueTable({ queues }: { queues: readonly QueueState[] }) {
  const columns = ['waiting', 'active', 'delayed', 'failed'] as const;
  return (
    <div class="table-box" tabIndex={0} role="region" aria-label="Queues">
      <table>
        <thead>
          <tr>
            <th scope="col">Queue</th>
            {columns.map((column) => (
              <th key={column} scope="col" class="number">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {queues.map((queue) => (
            <tr key={queue.name}>
              <th scope="row">
                <span class="mono">{queue.name}</span> {queue.paused ? <Pill tone="warn">paused</Pill> : null}
              </th>
              {columns.map((column) => (
                <td key={column} class={column === 'failed' && queue.failed > 0 ? 'number warning' : 'number'}>
                  {text.count(queue[column])}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

export function BooksCard({ books }: { books: InstallationSample['books'] }) {
  const balanced = books.difference === 0;
  return (
    <Card
      title="Books"
      action={
        balanced ? (
          <Pill tone="ok" dot>
            balanced
          </Pill>
        ) : (
          <Pill tone="bad" dot>
            not balanced
          </Pill>
        )
      }
    >
      <p class="muted">
        {balanced
          ? 'Every accepted delivery has ended or is pending; none is lost.'
          : 'The pending deliveries do not match the counts. Check GET /v1/books of each app.'}
      </p>
      <Facts
        of={[
          ['Accepted', text.count(books.accepted)],
          ['Pending', text.count(books.pending)],
          ['Difference', text.count(books.difference)],
        ]}
      />
    </Card>
  );
}
