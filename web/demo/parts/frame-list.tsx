import { useSignal } from '@preact/signals';
import type { TargetedEvent } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { clockOf } from '../clock';
import type { FrameLine, FrameLog } from '../frame-log';

/** Layouts that are wide enough to open the list from the start. */
const ROOMY = '(min-width: 1000px)';
/** Distance from the end that still counts as the end. */
const END_PX = 24;

/** Frames of a side, newest last, without heartbeats and presence requests. */
export function FrameList({ name, log }: { name: string; log: FrameLog }) {
  const open = useSignal(matchMedia(ROOMY).matches);
  return (
    <details class="frames" open={open.value} onToggle={(event) => (open.value = event.currentTarget.open)}>
      <summary>
        Frames <span class="muted">{log.total.value}</span>
      </summary>
      {open.value && <Lines name={name} log={log} />}
    </details>
  );
}

/** Follows the newest line, unless the reader scrolled away. */
function Lines({ name, log }: { name: string; log: FrameLog }) {
  const list = useRef<HTMLOListElement>(null);
  const following = useRef(true);
  const top = useRef(0);
  const lines = log.lines.value;
  useEffect(() => {
    const { current } = list;
    if (current !== null && following.current) current.scrollTop = current.scrollHeight;
  }, [lines]);
  // New lines move the end down. Only the reader scrolls up.
  const scrolled = ({ currentTarget: { scrollHeight, scrollTop, clientHeight } }: TargetedEvent<HTMLOListElement>) => {
    const atEnd = scrollHeight - scrollTop - clientHeight < END_PX;
    if (atEnd || scrollTop < top.current) following.current = atEnd;
    top.current = scrollTop;
  };
  return (
    <ol ref={list} tabIndex={0} onScroll={scrolled} aria-label={`Frames of ${name}`}>
      {lines.map((line) => (
        <Line key={line.key} line={line} />
      ))}
    </ol>
  );
}

function Line({ line }: { line: FrameLine }) {
  return (
    <li data-direction={line.direction} data-event={line.event}>
      <time>{clockOf(line.at)}</time>
      <span class="direction">{line.direction === 'in' ? '↓ in' : '↑ out'}</span>
      <strong>{line.event}</strong>
      <span class="detail">
        {line.topic && <span class="topic">{shortened(line.topic)}</span>} {line.detail}
      </span>
    </li>
  );
}

/** Removes the name of the stage, which means nothing to the reader. */
const shortened = (topic: string): string => topic.replace(/demo\.[0-9a-f]{16}\.|[0-9a-f]{16}/, '…');
