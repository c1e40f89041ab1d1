import { useComputed, useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { clockOf, minuteOf } from '../clock';
import { Icon } from '../parts/icon';
import type { Banner, Parcel, Phone } from './phone';
import { STEPS } from './shop';

/** Drawing of a phone with the shop's app. */
export function PhoneView({ phone }: { phone: Phone }) {
  const offline = phone.participant.offline.value;
  const dark = useComputed(() => phone.participant.state.value !== 'open');
  return (
    <div class="phone" data-offline={offline}>
      <div class="screen">
        <div class="status-bar">
          <Time />
          <span class="network">
            {offline ? 'no network' : dark.value ? 'searching' : ''}
            <Icon name={offline ? 'plane' : 'signal'} size={14} />
          </span>
        </div>
        <BannerView banner={phone.banner.value} />
        <div class="app">
          <p class="shop-name">Corner Coffee</p>
          {phone.parcel.value === undefined ? <Nothing /> : <ParcelView parcel={phone.parcel.value} />}
        </div>
      </div>
    </div>
  );
}

function Time() {
  const now = useSignal(new Date());
  useEffect(() => {
    const timer = setInterval(() => (now.value = new Date()), 10_000);
    return () => clearInterval(timer);
  }, [now]);
  return <span>{minuteOf(now.value)}</span>;
}

function BannerView({ banner }: { banner: Banner | undefined }) {
  return (
    <div class="banner-place" role="status">
      {banner && (
        <div class="banner" key={banner.id}>
          <Icon name="box" />
          <div>
            <strong>{banner.title}</strong>
            <p>{banner.text}</p>
          </div>
        </div>
      )}
    </div>
  );
}

function Nothing() {
  return (
    <div class="nothing">
      <Icon name="cart" size={36} />
      <p>No order yet.</p>
      <p class="muted">Mark one as paid in the shop.</p>
    </div>
  );
}

function ParcelView({ parcel: { order, steps, text } }: { parcel: Parcel }) {
  return (
    <div class="parcel" data-order={order}>
      <h3>Order {order}</h3>
      <p class="muted">{text}</p>
      <ol class="track">
        {STEPS.map((step) => {
          const at = steps[step];
          return (
            <li key={step} data-step={step} data-done={at !== undefined}>
              <span class="knob">{at && <Icon name="check" size={14} />}</span>
              <span>{step}</span>
              <time>{at ? clockOf(at) : ''}</time>
            </li>
          );
        })}
      </ol>
    </div>
  );
}
