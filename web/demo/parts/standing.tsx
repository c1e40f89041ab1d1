import type { Participant } from '../participant';

/**
 * Statistics of a side: notifications received, once and in order or not, and the use of its
 * window.
 */
export function Standing({ participant }: { participant: Participant }) {
  const { received, twice, unordered } = participant.count.value;
  const gone = participant.gone.value;
  return (
    <>
      <Window participant={participant} />
      <dl class="standing">
        <div>
          <dt>received</dt>
          <dd class="received">{received}</dd>
        </div>
        <div data-bad={twice > 0}>
          <dt>twice</dt>
          <dd class="twice">{twice}</dd>
        </div>
        <div data-bad={unordered > 0}>
          <dt>unordered</dt>
          <dd class="unordered">{unordered}</dd>
        </div>
        <div>
          <dt>resumed</dt>
          <dd>{participant.resumed.value}×</dd>
        </div>
      </dl>
      {gone > 0 && <p class="muted gone">{gone} expired before delivery.</p>}
      <p class="reason fault">{!participant.offline.value && participant.reason.value}</p>
    </>
  );
}

function Window({ participant }: { participant: Participant }) {
  const held = participant.held.value.length;
  if (!participant.paused.value && held === 0) return null;
  const full = held >= participant.window;
  return (
    <div class="window" data-full={full}>
      <div class="cells" aria-hidden="true">
        {Array.from({ length: participant.window }, (_, cell) => (
          <i key={cell} data-held={cell < held} />
        ))}
      </div>
      <p role="status">
        <strong>
          {held} of {participant.window}
        </strong>{' '}
        unacknowledged.{' '}
        {full ? 'The window is full: the server holds the rest back.' : 'Acks are paused; the window fills.'}
      </p>
    </div>
  );
}
