import type { Participant } from '../participant';

const TONES = { open: 'ok', connecting: 'warn', waiting: 'warn', suspended: 'bad', closed: 'bad' } as const;
const WORDS = {
  open: 'connected',
  connecting: 'connecting',
  waiting: 'waiting',
  suspended: 'waiting',
  closed: 'closed',
} as const;

export function StatePill({ participant }: { participant: Participant }) {
  const state = participant.state.value;
  const offline = participant.offline.value;
  return (
    <span
      class="pill dot state"
      role="status"
      data-state={state}
      data-tone={offline ? 'bad' : TONES[state]}
      title={participant.reason.value}
    >
      {offline ? 'offline' : WORDS[state]}
    </span>
  );
}
