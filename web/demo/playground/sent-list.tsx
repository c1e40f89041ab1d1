import type { Signal } from '@preact/signals';
import { playground } from './playground';
import type { Sending } from './sendings';

export function SentList() {
  const items = playground.sendings.items.value;
  return (
    <ol class="sent" id="sent" aria-live="polite">
      {items.map((item) => (
        <Item key={item.value.id} item={item} />
      ))}
    </ol>
  );
}

function Item({ item }: { item: Signal<Sending> }) {
  const { id, state, progress } = item.value;
  return (
    <li data-state={state}>
      <code class="id">{id}</code>
      <span class="progress muted">{progress}</span>
      <button type="button" class="small" onClick={() => void playground.sendings.refresh(id)}>
        Refresh
      </button>
    </li>
  );
}
