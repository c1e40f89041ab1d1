import type { Participant } from '../participant';
import { Icon } from './icon';

/** What one can do to a side. */
export function Controls({ name, participant }: { name: string; participant: Participant }) {
  const offline = participant.offline.value;
  const paused = participant.paused.value;
  return (
    <div class="controls" role="group" aria-label={`Connection of ${name}`}>
      <button
        type="button"
        class={offline ? 'primary' : ''}
        onClick={() => (offline ? participant.plug() : participant.cut())}
      >
        <Icon name={offline ? 'plug' : 'cut'} />
        {offline ? 'Connect again' : 'Cut connection'}
      </button>
      <button
        type="button"
        disabled={offline}
        title="Ends the socket once; the client comes back by itself"
        onClick={() => participant.kill()}
      >
        <Icon name="bolt" />
        Kill socket
      </button>
      <button
        type="button"
        class={paused ? 'primary' : ''}
        onClick={() => (paused ? participant.resume() : participant.pause())}
      >
        <Icon name={paused ? 'play' : 'pause'} />
        {paused ? 'Resume acks' : 'Pause acks'}
      </button>
    </div>
  );
}
