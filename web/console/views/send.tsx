import { signal } from '@preact/signals';
import { useState } from 'preact/hooks';
import { writeJson } from '../../shared/exact-json.js';
import { ApiError, currentApp } from '../api/call.js';
import { api } from '../api/calls.js';
import type { Accepted, DryRun } from '../api/types.js';
import { type Draft, EMPTY_DRAFT, type Faults, bodyOf, placeFaults } from '../lib/compose.js';
import { announce } from '../ui/dialog.js';
import { Empty, messageOf } from '../ui/parts.js';
import { ComposeFields } from './compose.js';
import { DryRunCard, SentCard } from './send-outcome.js';

/** Draft of the form. It survives visits to other views and the end of a session. */
const draft = signal<Draft>(EMPTY_DRAFT);

type Outcome = { kind: 'dry'; run: DryRun; body: string } | { kind: 'sent'; answer: Accepted };

/** Form to compose a notification, preview its recipients and send it. */
export function SendView() {
  const [faults, setFaults] = useState<Faults>({});
  const [others, setOthers] = useState<readonly string[]>([]);
  const [outcome, setOutcome] = useState<Outcome>();
  const [busy, setBusy] = useState(false);
  /** One key per body, so that resending after a lost answer creates no second notification. */
  const [key, setKey] = useState(newKey);

  const change = (news: Partial<Draft>): void => {
    draft.value = { ...draft.value, ...news };
    const touched = Object.keys(news);
    setFaults((before) => Object.fromEntries(Object.entries(before).filter(([name]) => !touched.includes(name))));
    setKey(newKey());
    if (outcome?.kind === 'dry') setOutcome(undefined);
  };
  const submit = async (deed: 'dry' | 'send'): Promise<void> => {
    const built = bodyOf(draft.value);
    setOthers([]);
    if ('faults' in built) {
      setFaults(built.faults);
      announce('The notification is not complete');
      return focusFault();
    }
    setFaults({});
    setBusy(true);
    try {
      if (deed === 'dry') {
        setOutcome({ kind: 'dry', run: await api.dryRun(built.body), body: writeJson(built.body) });
      } else {
        const answer = await api.send(built.body, key);
        setOutcome({ kind: 'sent', answer });
        setKey(newKey());
        announce('Sent');
      }
    } catch (error) {
      const placed = error instanceof ApiError ? placeFaults(error.errors) : { faults: {}, others: [] };
      setFaults(placed.faults);
      const isPlaced = Object.keys(placed.faults).length > 0;
      setOthers(isPlaced || placed.others.length > 0 ? placed.others : [messageOf(error)]);
      setOutcome(undefined);
      if (isPlaced) focusFault();
    } finally {
      setBusy(false);
    }
  };
  const isDry = outcome?.kind === 'dry';
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey) || busy) return;
    event.preventDefault();
    void submit(isDry ? 'send' : 'dry');
  };
  return (
    <div class="stack">
      <div class="head">
        <h1>Send</h1>
        <p class="muted">
          A notification in the app <strong>{currentApp.value}</strong>. The dry run shows who would get it, and sends
          nothing.
        </p>
      </div>
      <div class="send">
        <form
          class="card stack"
          aria-label="Notification"
          noValidate
          onKeyDown={onKeyDown}
          onSubmit={(event) => {
            event.preventDefault();
            void submit('dry');
          }}
        >
          <ComposeFields draft={draft.value} faults={faults} onChange={change} />
          {others.length > 0 && (
            <div role="alert">
              {others.map((text) => (
                <p key={text} class="fault">
                  {text}
                </p>
              ))}
            </div>
          )}
          <div class="row">
            <button type="submit" class={isDry ? '' : 'primary'} disabled={busy}>
              Dry run
            </button>
            <button type="button" class={isDry ? 'primary' : ''} disabled={busy} onClick={() => void submit('send')}>
              Send
            </button>
            <button type="button" class="plain push" onClick={() => change(EMPTY_DRAFT)}>
              Clear
            </button>
          </div>
        </form>
        <div class="stack outcome" aria-live="polite">
          {!outcome && (
            <div class="card hint-card">
              <Empty title="Who would get it?">
                The dry run shows the number of sessions, the ones online, and the expiry.
              </Empty>
            </div>
          )}
          {outcome?.kind === 'dry' && <DryRunCard run={outcome.run} body={outcome.body} />}
          {outcome?.kind === 'sent' && <SentCard answer={outcome.answer} />}
        </div>
      </div>
    </div>
  );
}

function newKey(): string {
  return `console-${[...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}

/** Focuses the first faulty field after the faults are rendered. */
function focusFault(): void {
  requestAnimationFrame(() => document.querySelector<HTMLElement>('main [aria-invalid=true]')?.focus());
}
