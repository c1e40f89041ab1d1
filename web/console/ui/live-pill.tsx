import { useEffect, useState } from 'preact/hooks';
import { duration } from '../lib/format.js';
import { liveState, reconnect } from '../live.js';
import { Pill } from './parts.js';

/** Shows whether data is being pushed right now. */
export function LivePill() {
  const { state, retryAt, reason } = liveState.value;
  const isLost = state === 'waiting' || state === 'suspended';
  const leftMs = useCountdown(isLost ? retryAt : undefined);
  return (
    <div class="live" role="status" data-live={state} title={reason}>
      {state === 'open' && (
        <Pill tone="ok" dot>
          Live
        </Pill>
      )}
      {state === 'connecting' && (
        <Pill tone="info" dot>
          Connecting
        </Pill>
      )}
      {isLost && (
        <Pill tone="warn" dot>
          Lost{leftMs === undefined ? '' : `, again in ${duration(leftMs)}`}
        </Pill>
      )}
      {state === 'closed' && (
        <Pill tone="bad" dot>
          Not live
        </Pill>
      )}
      {(state === 'closed' || isLost) && (
        <button type="button" class="small" onClick={reconnect}>
          Reconnect
        </button>
      )}
    </div>
  );
}

/** Whole seconds until `at`; undefined if nothing is awaited. */
function useCountdown(at: number | undefined): number | undefined {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (at === undefined) return undefined;
    const timer = setInterval(() => setNow(Date.now()), 500);
    return () => clearInterval(timer);
  }, [at]);
  if (at === undefined) return undefined;
  return Math.max(0, Math.ceil((at - now) / 1_000) * 1_000);
}
