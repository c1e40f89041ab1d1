import type { ComponentChildren } from 'preact';
import { ApiError } from '../api/call.js';
import { ago, dateTime, exactTime } from '../lib/format.js';

export type Tone = 'ok' | 'warn' | 'bad' | 'info' | 'accent' | 'none';

const STATE_TONES: Readonly<Record<string, Tone>> = {
  scheduled: 'info',
  accepted: 'accent',
  acknowledged: 'ok',
  acked: 'ok',
  open: 'ok',
  expired: 'warn',
  suspended: 'warn',
  pending: 'warn',
  nacked: 'warn',
  redelivered: 'warn',
  refused: 'bad',
  dead: 'bad',
};

export function Pill({ tone = 'none', dot, children }: { tone?: Tone; dot?: boolean; children: ComponentChildren }) {
  return (
    <span class={dot ? 'pill dot' : 'pill'} data-tone={tone}>
      {children}
    </span>
  );
}

/** State of a notification, a receipt or a session. */
export function StatePill({ state }: { state: string }) {
  return (
    <Pill tone={STATE_TONES[state] ?? 'none'} dot>
      {state}
    </Pill>
  );
}

/** Time in the reader's zone, and relative to now if there is room. */
export function Time({ at, relative }: { at: string | number; relative?: boolean }) {
  const iso = new Date(at).toISOString();
  return (
    <time dateTime={iso} title={iso}>
      {relative ? dateTime(at) : exactTime(at)}
      {relative && <span class="muted"> ({ago(Date.parse(iso), Date.now())})</span>}
    </time>
  );
}

interface CardProps {
  title?: ComponentChildren;
  action?: ComponentChildren;
  class?: string;
  children: ComponentChildren;
}

export function Card({ title, action, class: names = '', children }: CardProps) {
  return (
    <section class={`card stack ${names}`}>
      {(title || action) && (
        <div class="row">
          {title && <h2>{title}</h2>}
          {action && <div class="row push">{action}</div>}
        </div>
      )}
      {children}
    </section>
  );
}

export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <p class="empty-title">{title}</p>
      {children && <div class="muted">{children}</div>}
    </div>
  );
}

/** Error with its remedy, if there is one. */
export function ErrorBox({ error, retry }: { error: unknown; retry?: () => void }) {
  return (
    <div class="error-box" role="alert">
      <div>
        <p class="empty-title">{titleOf(error)}</p>
        <p>{messageOf(error)}</p>
      </div>
      {retry && (
        <button type="button" onClick={retry}>
          Try again
        </button>
      )}
    </div>
  );
}

export function Loading({ what = 'Loading' }: { what?: string }) {
  return (
    <div class="loading" role="status">
      <span class="visually-hidden">{what}…</span>
      <span class="bone" />
      <span class="bone" />
      <span class="bone" />
    </div>
  );
}

/** List of names with values. */
export function Facts({ of }: { of: readonly (readonly [string, ComponentChildren])[] }) {
  return (
    <dl class="facts">
      {of.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

export function More({ pages }: { pages: { hasMore: boolean; loading: boolean; more: () => void } }) {
  if (!pages.hasMore) return null;
  return (
    <button type="button" class="small more" disabled={pages.loading} onClick={pages.more}>
      {pages.loading ? 'Loading…' : 'Show more'}
    </button>
  );
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function titleOf(error: unknown): string {
  if (!(error instanceof ApiError)) return 'Something went wrong';
  if (error.code === 'unreachable') return 'No connection to the server';
  if (error.code === 'redis_unavailable') return 'Redis is unreachable';
  if (error.status === 429) return 'Too many requests';
  if (error.status === 404) return 'Not found';
  return error.status >= 500 ? 'The server could not answer' : 'The server refused this';
}
