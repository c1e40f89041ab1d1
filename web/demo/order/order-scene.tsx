import { useMemo } from 'preact/hooks';
import { Intro } from '../parts/intro';
import { OnStage } from '../parts/on-stage';
import { Side } from '../parts/side';
import { useWhileShown } from '../parts/while-shown';
import type { Stage } from '../stage';
import { Phone } from './phone';
import { PhoneView } from './phone-view';
import { Shop } from './shop';
import { ShopPanel } from './shop-panel';

const REFRESH_MS = 500;

export function OrderScene() {
  return (
    <section aria-labelledby="order-title">
      <Intro
        id="order-title"
        title="An order on its way to a pocket"
        steps={[
          'Take the phone offline.',
          'Move the order to shipped: the receipts stay open.',
          'Connect the phone again and watch them close.',
        ]}
      >
        The shop reports each step with one REST call. The phone receives the push and acknowledges it; the receipt
        tells the shop.
      </Intro>
      <OnStage>{(stage) => <Order stage={stage} />}</OnStage>
    </section>
  );
}

function Order({ stage }: { stage: Stage }) {
  const { shop, phone } = useMemo(() => ({ shop: new Shop(stage), phone: new Phone(stage) }), [stage]);
  useWhileShown('order', REFRESH_MS, () => void shop.refresh());
  return (
    <div class="sides">
      <ShopPanel shop={shop} />
      <Side id="phone" name="Lena’s phone" about="the customer" icon="phone" participant={phone.participant}>
        <PhoneView phone={phone} />
      </Side>
    </div>
  );
}
