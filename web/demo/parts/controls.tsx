import type { Participant } from '../participant';
import { Icon } from './icon';

/** Buttons for one side. */
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
        <Label word={offline ? 'Connect' : 'Cut'} more={offline ? 'again' : 'connection'} />
      </button>
      <button
        type="button"
        disabled={offline}
        title="Ends the socket once; the client comes back by itself"
        onClick={() => participant.kill()}
      >
        <Icon name="bolt" />
        <Label word="Kill" more="socket" />
      </button>
      <button
        type="button"
        class={paused ? 'primary' : ''}
        onClick={() => (paused ? participant.resume() : participant.pause())}
      >
        <Icon name={paused ? 'play' : 'pause'} />
        <Label word={paused ? 'Resume' : 'Pause'} more="acks" />
      </button>
    </div>
  );
}

/** In a narrow layout only the word is visible. */
function Label({ word, more }: { word: string; more: string }) {
  return (
    <span>
      {word} <span class="more">{more}</span>
    </span>
  );
}
