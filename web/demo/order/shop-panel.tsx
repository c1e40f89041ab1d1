import { clockOf } from '../clock';
import { Icon, type IconName } from '../parts/icon';
import { type Receipt, type Shop, type Step, STEPS } from './shop';

const ICONS: Readonly<Record<Step, IconName>> = { paid: 'card', packed: 'box', shipped: 'truck' };
const ITEMS = [
  { name: 'Espresso beans, 1 kg', price: '€ 24.00' },
  { name: 'Paper filters, 100', price: '€ 4.50' },
] as const;

export function ShopPanel({ shop }: { shop: Shop }) {
  const next = shop.next.value;
  return (
    <section class="side card" id="shop" aria-labelledby="shop-name">
      <header class="side-head">
        <span class="avatar">
          <Icon name="cart" size={20} />
        </span>
        <div class="who">
          <h2 id="shop-name">Corner Coffee, back office</h2>
          <p class="muted">sends over REST</p>
        </div>
      </header>
      <div class="ticket">
        <h3>Order {shop.orderName}</h3>
        <dl>
          {ITEMS.map(({ name, price }) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{price}</dd>
            </div>
          ))}
        </dl>
        <ol class="steps">
          {STEPS.map((step, place) => (
            <li key={step} data-done={place < shop.done.value}>
              <Icon name={ICONS[step]} size={20} />
              {step}
            </li>
          ))}
        </ol>
        <div class="row">
          {next === undefined ? (
            <button type="button" class="primary" onClick={() => shop.newOrder()}>
              Next order
            </button>
          ) : (
            <button type="button" class="primary" disabled={shop.busy.value} onClick={() => void shop.advance()}>
              Mark as {next}
            </button>
          )}
          <p class="fault" role="alert">
            {shop.error.value}
          </p>
        </div>
      </div>
      <Receipts receipts={shop.receipts.value} />
    </section>
  );
}

function Receipts({ receipts }: { receipts: readonly Receipt[] }) {
  return (
    <div class="receipts">
      <h3>Receipts</h3>
      {receipts.length === 0 && <p class="muted">Nothing sent yet. Each step gets a receipt here.</p>}
      <ol aria-live="polite">
        {receipts.map((receipt) => (
          <ReceiptLine key={receipt.id} receipt={receipt} />
        ))}
      </ol>
    </div>
  );
}

function ReceiptLine({ receipt: { order, step, state, sentAt, tookMs } }: { receipt: Receipt }) {
  const tone = state === 'acknowledged' ? 'ok' : state === 'accepted' ? 'warn' : 'bad';
  return (
    <li class="receipt" data-step={step} data-state={state}>
      <span>
        <strong>
          {order} {step}
        </strong>
        <small class="muted">
          {clockOf(new Date(sentAt))}
          {tookMs !== undefined && ` · acknowledged after ${durationOf(tookMs)}`}
        </small>
      </span>
      <span class="pill" data-tone={tone}>
        {state}
      </span>
    </li>
  );
}

const durationOf = (ms: number): string => (ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`);
