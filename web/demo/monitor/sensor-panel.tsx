import { Icon } from '../parts/icon';
import { MAX_RATE, type Sensor } from './sensor';

export function SensorPanel({ sensor }: { sensor: Sensor }) {
  const running = sensor.running.value;
  return (
    <section class="sensor card" id="sensor" aria-labelledby="sensor-name">
      <span class="avatar">
        <Icon name="signal" size={20} />
      </span>
      <div class="who">
        <h2 id="sensor-name">Greenhouse sensor</h2>
        <p class="muted">
          <span class="sent">{sensor.sent.value}</span> samples posted
        </p>
      </div>
      <div class="rate">
        <label for="rate">
          Rate <output for="rate">{sensor.rate.value} a second</output>
        </label>
        <input
          id="rate"
          type="range"
          min="1"
          max={MAX_RATE}
          value={sensor.rate.value}
          onInput={(event) => (sensor.rate.value = event.currentTarget.valueAsNumber)}
        />
      </div>
      <button type="button" class={running ? '' : 'primary'} onClick={() => (running ? sensor.stop() : sensor.start())}>
        <Icon name={running ? 'pause' : 'play'} />
        {running ? 'Stop the sensor' : 'Start the sensor'}
      </button>
      <p class="fault" role="alert">
        {sensor.error.value}
      </p>
    </section>
  );
}
