import { useEffect, useState } from 'preact/hooks';
import { api } from '../api/calls.js';
import { count, plural } from '../lib/format.js';
import { hrefOf } from '../lib/route.js';
import { type Filter, allMatching, chosen } from '../letters.js';
import { goTo, route } from '../state.js';
import { usePages } from '../ui/load.js';
import { Empty, ErrorBox, Loading, More } from '../ui/parts.js';
import { BulkPanel, useBulk } from './bulk.js';
import { LetterTable } from './letter-table.js';

/** Dead letters: inspect, replay or drop one or thousands. */
export function DeadLettersView() {
  const { topic = '', reason = '', type = '' } = route.value.query;
  const filter: Filter = { topic, reason, type };
  const isFiltered = Boolean(topic || reason || type);
  const inputs = [topic, reason, type];
  const pages = usePages((cursor) => api.deadLetters({ ...filter, limit: 100, ...(cursor && { cursor }) }), inputs);
  const [marked, setMarked] = useState<ReadonlySet<string>>(new Set());
  const [all, setAll] = useState(false);
  const reset = (): void => {
    setMarked(new Set());
    setAll(false);
  };
  useEffect(reset, inputs);
  const { items, total, error, loading, reload } = pages;
  const bulk = useBulk(() => {
    reset();
    reload();
  });
  const run = (deed: 'replay' | 'drop'): void => {
    const what = all ? (isFiltered ? 'all that match' : `all ${count(total ?? items.length)}`) : count(marked.size);
    const ids = [...marked];
    void bulk.start(deed, what, (errand) => (all ? allMatching(filter, deed, errand) : chosen(ids)));
  };
  const isRunning = bulk.progress !== undefined && !bulk.ended;
  return (
    <div class="stack">
      <div class="head">
        <h1>Dead letters</h1>
        <p class="muted">
          Deliveries that were given up, newest first.
          {total !== undefined && ` ${plural(total, 'dead letter')} in this app.`}
        </p>
      </div>
      <Filters filter={filter} key={inputs.join(' ')} />
      <BulkPanel bulk={bulk} />
      {error ? (
        <ErrorBox error={error} retry={reload} />
      ) : items.length > 0 ? (
        <section class="card stack" aria-label="Dead letters">
          <div class="row selection">
            <span role="status">
              {all
                ? `All that match are selected${isFiltered || total === undefined ? '' : `: ${count(total)}`}`
                : `${count(marked.size)} selected`}
            </span>
            <button type="button" class="small" aria-pressed={all} onClick={() => setAll(!all)}>
              {all ? 'Select none' : isFiltered ? 'Select all that match' : 'Select all'}
            </button>
            <div class="row push">
              <button type="button" class="small" disabled={isRunning} onClick={reload}>
                Refresh
              </button>
              <button
                type="button"
                class="small primary"
                disabled={isRunning || !(all || marked.size)}
                onClick={() => run('replay')}
              >
                Replay…
              </button>
              <button
                type="button"
                class="small danger"
                disabled={isRunning || !(all || marked.size)}
                onClick={() => run('drop')}
              >
                Drop…
              </button>
            </div>
          </div>
          <LetterTable letters={items} marked={marked} all={all} onMark={setMarked} />
          <More pages={pages} />
        </section>
      ) : loading ? (
        <Loading what="Loading the dead letters" />
      ) : (
        <div class="card">
          {isFiltered ? (
            <Empty title="None match">
              <a href={hrefOf('dead-letters')}>Show all of them</a>
            </Empty>
          ) : (
            <Empty title="No dead letters">Every delivery of this app has ended well or is still under way.</Empty>
          )}
          <More pages={pages} />
        </div>
      )}
    </div>
  );
}

/** Filter of the list. It is part of the address, so it can be kept and shared. */
function Filters({ filter }: { filter: Filter }) {
  const submit = (event: Event): void => {
    event.preventDefault();
    if (!(event.currentTarget instanceof HTMLFormElement)) return;
    const given = new FormData(event.currentTarget);
    const text = (name: string): string => String(given.get(name) ?? '').trim();
    goTo(hrefOf('dead-letters', [], { topic: text('topic'), reason: text('reason'), type: text('type') }));
  };
  return (
    <form class="card filters" aria-label="Filter" onSubmit={submit}>
      <FilterField name="topic" label="Topic" placeholder="user:alice" value={filter.topic} />
      <FilterField
        name="reason"
        label="Reason"
        placeholder="max_attempts"
        value={filter.reason}
        known={['max_attempts', 'refused']}
      />
      <FilterField name="type" label="Type" placeholder="order.shipped" value={filter.type} />
      <div class="row">
        <button type="submit">Filter</button>
        <a class="button plain" href={hrefOf('dead-letters')}>
          Clear
        </a>
      </div>
    </form>
  );
}

interface FilterFieldProps {
  name: keyof Filter;
  label: string;
  placeholder: string;
  value: string | undefined;
  /** Suggested values; others are allowed. */
  known?: readonly string[];
}

function FilterField({ name, label, placeholder, value, known = [] }: FilterFieldProps) {
  const id = `filter-${name}`;
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        id={id}
        name={name}
        class="mono"
        list={known.length > 0 ? `${id}-known` : undefined}
        placeholder={placeholder}
        value={value}
        autocomplete="off"
      />
      {known.length > 0 && (
        <datalist id={`${id}-known`}>
          {known.map((one) => (
            <option key={one} value={one} />
          ))}
        </datalist>
      )}
    </div>
  );
}
