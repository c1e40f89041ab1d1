import { signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { currentApp } from '../api/call.js';
import { type BulkProgress, FAULTS_TOLD, runBulk } from '../lib/bulk.js';
import { count, plural } from '../lib/format.js';
import { type Deed, type Errand, doBatch } from '../letters.js';
import { announce, confirm } from '../ui/dialog.js';
import { messageOf } from '../ui/parts.js';

/** Bulk action on dead letters: its progress, and a way to stop it. */
export interface Bulk {
  deed: Deed;
  /** App that the letters belong to. */
  app: string;
  progress: BulkProgress | undefined;
  ended: boolean;
  start: (deed: Deed, what: string, pages: (errand: Errand) => AsyncIterable<readonly string[]>) => Promise<void>;
  cancel: () => void;
  dismiss: () => void;
}

interface Running {
  deed: Deed;
  app: string;
  progress: BulkProgress;
  abort: AbortController;
}

const QUESTIONS: Readonly<Record<Deed, string>> = {
  replay: 'Each is sent again once, as a new notification. Replayed ones are left out.',
  drop: 'They are deleted for good, with their data.',
};

/**
 * Current or last bulk action. It continues, and can be stopped, while another view or app is open.
 */
const running = signal<Running | undefined>(undefined);

/** @param onEnd called when it has ended in any way, while the view is shown. */
export function useBulk(onEnd: () => void): Bulk {
  const { deed = 'replay', app = '', progress } = running.value ?? {};
  const phase = progress?.phase;
  const ended = phase === 'done' || phase === 'cancelled' || phase === 'failed';
  const wasRunning = useRef(false);
  useEffect(() => {
    if (ended && wasRunning.current) onEnd();
    wasRunning.current = progress !== undefined && !ended;
  }, [ended, progress === undefined]);
  return {
    deed,
    app,
    progress,
    ended,
    start,
    cancel: () => running.peek()?.abort.abort(),
    dismiss: () => (running.value = undefined),
  };
}

async function start(...[deed, what, pages]: Parameters<Bulk['start']>): Promise<void> {
  const title = deed === 'replay' ? `Replay ${what}?` : `Drop ${what}?`;
  const action = deed === 'replay' ? 'Replay' : 'Drop';
  if (!(await confirm({ title, text: QUESTIONS[deed], action }))) return;
  const app = currentApp.peek();
  const abort = new AbortController();
  const errand = { app, signal: abort.signal };
  const onProgress = (progress: BulkProgress): void => void (running.value = { deed, app, progress, abort });
  const send = (ids: readonly string[]) => doBatch(deed, ids, errand);
  const end = await runBulk({ pages: pages(errand), send, onProgress, signal: errand.signal });
  announce(`${deed === 'replay' ? 'Replayed' : 'Dropped'} ${count(end.succeeded)} of ${count(end.total)}`);
}

/** Progress of a bulk action, with its failures. */
export function BulkPanel({ bulk }: { bulk: Bulk }) {
  const { progress, deed, ended, app } = bulk;
  if (!progress) return null;
  const { phase, total, done, succeeded, failed, faults, error } = progress;
  const share = phase === 'collecting' ? {} : { value: done, max: Math.max(1, total) };
  return (
    <section class="card stack bulk" aria-label="Progress" data-phase={phase}>
      <div class="row">
        <h2>
          {headline(progress, deed)}
          {app !== currentApp.value && <span class="muted"> in {app}</span>}
        </h2>
        <div class="row push">
          {ended ? (
            <button type="button" class="small" onClick={bulk.dismiss}>
              Dismiss
            </button>
          ) : (
            <button type="button" class="small danger" onClick={bulk.cancel}>
              Cancel
            </button>
          )}
        </div>
      </div>
      <progress {...share} aria-label="Done" />
      <p class="muted" role="status">
        {phase === 'collecting'
          ? `${count(total)} found so far`
          : `${count(done)} of ${count(total)}: ${count(succeeded)} done, ${count(failed)} failed`}
      </p>
      {phase === 'failed' && (
        <p class="fault" role="alert">
          It stopped: {messageOf(error)} Finished items stay finished; the others are still in the list.
        </p>
      )}
      {faults.length > 0 && (
        <details>
          <summary>{plural(failed, 'fault')}</summary>
          <ul class="faults">
            {faults.map(({ id, problem }) => (
              <li key={id}>
                <span class="mono">{id}</span> <span class="fault">{problem?.code}</span> {problem?.detail}
              </li>
            ))}
          </ul>
          {failed > FAULTS_TOLD && <p class="muted">and {count(failed - FAULTS_TOLD)} more</p>}
        </details>
      )}
    </section>
  );
}

function headline({ phase, succeeded, failed, total }: BulkProgress, deed: Deed): string {
  const [doing, done] = deed === 'replay' ? ['Replaying', 'Replayed'] : ['Dropping', 'Dropped'];
  if (phase === 'collecting') return 'Collecting matches';
  if (phase === 'running') return `${doing} ${plural(total, 'dead letter')}`;
  if (phase === 'cancelled') return `Cancelled after ${count(succeeded)}`;
  if (phase === 'failed') return `Stopped after ${count(succeeded)}`;
  return failed > 0 ? `${done} ${count(succeeded)}, ${count(failed)} failed` : `${done} ${count(succeeded)}`;
}
