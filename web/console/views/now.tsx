import { computed } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import * as text from '../lib/format.js';
import { type History, type Present, historyOf, presentOf } from '../lib/figures.js';
import { hrefOf } from '../lib/route.js';
import type { Estimate } from '../lib/quantile.js';
import { HOUR_MS, hourVersion, liveState, liveVersion, reconnect, samples, shownAt } from '../live.js';
import { Chart } from '../ui/chart.js';
import { Empty, Loading } from '../ui/parts.js';
import { BooksCard, NodesCard, QueuesCard, RedisCard } from './now-cards.js';

const present = computed(() => (liveVersion.value, presentOf(samples, shownAt())));
const history = computed(() => (hourVersion.value, historyOf(samples, shownAt(), HOUR_MS)));

/** Current activity, pushed by the product itself. */
export function NowView() {
  const nothing = samples.nodes.size === 0;
  // Read first, so that the first sample renders the page.
  const figures = present.value;
  const cluster = samples.cluster.at(-1);
  return (
    <div class="stack">
      <div class="head">
        <h1>Now</h1>
        <p class="muted">All apps and nodes, pushed as they change; charts of the last hour.</p>
        <div role="status">
          {!nothing && liveState.value.state !== 'open' && (
            <p class="notice">Not connected: this is as of {text.clock(shownAt())}.</p>
          )}
        </div>
      </div>
      {nothing ? (
        <Waiting />
      ) : (
        <>
          <Tiles present={figures} />
          <Charts history={history.value} />
          <NodesCard rows={figures.nodes} />
          {cluster && (
            <div class="grid-3">
              <RedisCard redis={cluster.redis} />
              <QueuesCard queues={cluster.queues} />
              <BooksCard books={cluster.books} />
            </div>
          )}
        </>
      )}
    </div>
  );
}

function Waiting() {
  const { state } = liveState.value;
  if (state === 'connecting') return <Loading what="Waiting for the first samples" />;
  if (state === 'open') {
    return (
      <div class="card">
        <Empty title="No samples yet">Every node sends a sample every few seconds.</Empty>
      </div>
    );
  }
  return (
    <div class="error-box" role="alert">
      <div>
        <p class="empty-title">Not connected</p>
        <p>The server does not answer, so nothing can be pushed.</p>
      </div>
      <button type="button" onClick={reconnect}>
        Try again
      </button>
    </div>
  );
}

function Tiles({ present }: { present: Present }) {
  const cluster = samples.cluster.at(-1);
  const oldest = cluster?.oldestUnackedMs;
  const dead = cluster?.deadLetters;
  return (
    <ul class="tiles" aria-label="Current figures">
      <Tile name="Connections" id="connections" value={text.count(present.connections)}>
        on {text.plural(present.nodes.filter(({ gone }) => !gone).length, 'node')}
      </Tile>
      <Tile name="Sessions" id="sessions" value={text.count(present.sessions)}>
        {text.plural(present.subscriptions, 'subscription')}
      </Tile>
      <Tile name="Accepted" id="accepted" value={text.rate(present.accepted)} unit="/s">
        {present.refused > 0 ? `${text.rate(present.refused)} /s refused` : 'none refused'}
      </Tile>
      <Tile name="Delivered" id="delivered" value={text.rate(present.delivered)} unit="/s">
        {text.rate(present.acked)} /s acknowledged
      </Tile>
      <Tile name="Time to ack, p50" id="p50" value={estimate(present.p50)}>
        p99 {estimate(present.p99)}, over the last minute
      </Tile>
      <Tile name="Redelivered" id="redelivered" value={text.rate(present.redelivered * 60)} unit="/min">
        redelivered without an ack
      </Tile>
      <Tile
        name="Dead letters"
        id="dead"
        value={dead === undefined ? text.NONE : text.count(dead)}
        tone={dead ? 'bad' : ''}
      >
        <a href={hrefOf('dead-letters')}>view them</a>
      </Tile>
      <Tile name="Oldest unacked" id="oldest" value={typeof oldest === 'number' ? text.duration(oldest) : text.NONE}>
        {typeof oldest === 'number' ? 'waits for its ack' : 'nothing waits'}
      </Tile>
    </ul>
  );
}

interface TileProps {
  name: string;
  id: string;
  value: string;
  unit?: string;
  tone?: string;
  children: ComponentChildren;
}

function Tile({ name, id, value, unit, tone = '', children }: TileProps) {
  return (
    <li class="card tile" data-figure={id}>
      <span class="tile-name">{name}</span>
      <span class="tile-value" data-tone={tone}>
        {value}
        {unit && <small> {unit}</small>}
      </span>
      <span class="tile-note">{children}</span>
    </li>
  );
}

function Charts({ history }: { history: History }) {
  const { times } = history.grid;
  const last = (series: readonly (number | null)[], told: (value: number) => string): string => {
    const value = series.at(-1);
    return typeof value === 'number' ? told(value) : text.NONE;
  };
  const perSecond = (value: number): string => `${text.rate(value)} /s`;
  const seconds = (value: number): string => text.duration(value * 1_000);
  return (
    <div class="grid-2">
      <Chart
        title="Connections and sessions"
        summary={`${last(history.connections, text.count)} connections, ${last(history.sessions, text.count)} sessions`}
        times={times}
        format={text.count}
        whole
        lines={[
          { label: 'Connections', color: 'accent', values: history.connections },
          { label: 'Sessions', color: 'info', values: history.sessions },
        ]}
      />
      <Chart
        title="Accepted, delivered, acknowledged"
        summary={`${last(history.accepted, perSecond)} accepted, ${last(history.acked, perSecond)} acknowledged`}
        times={times}
        format={perSecond}
        lines={[
          { label: 'Accepted', color: 'accent', values: history.accepted },
          { label: 'Delivered', color: 'info', values: history.delivered },
          { label: 'Acknowledged', color: 'ok', values: history.acked },
        ]}
      />
      <Chart
        title="Time to acknowledge, over the minute before"
        summary={`half within ${last(history.p50, seconds)}, 99 % within ${last(history.p99, seconds)}`}
        times={times}
        format={seconds}
        floor={0.01}
        lines={[
          { label: 'p99', color: 'warn', values: history.p99 },
          { label: 'p50', color: 'info', values: history.p50 },
        ]}
      />
      <Chart
        title="Redeliveries a minute, dead letters"
        summary={`${last(history.redelivered, text.rate)} redeliveries a minute, ${last(history.deadLetters, text.count)} dead letters`}
        times={times}
        format={text.rate}
        lines={[
          { label: 'Redelivered /min', color: 'warn', values: history.redelivered },
          { label: 'Dead letters', color: 'bad', values: history.deadLetters },
        ]}
      />
    </div>
  );
}

function estimate(quantile: Estimate | undefined): string {
  if (!quantile) return text.NONE;
  return `${quantile.above ? '> ' : ''}${text.duration(quantile.value * 1_000)}`;
}
