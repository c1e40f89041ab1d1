import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { clockOf } from '../clock';
import type { FrameLine, FrameLog } from '../frame.log';

/** The frames of a side, newest last. Heartbeats and presence polls are left out. */
export function FrameList({ name, log }: { name: string; log: FrameLog }) {
  const open = useSignal(false);
  return (
    <details class="frames" onToggle={(event) => (open.value = event.currentTarget.open)}>
      <summary>
        Frames <span class="muted">{log.total.value}</span>
      </summary>
      {open.value && <Lines name={name} log={log} />}
    </details>
  );
}

function Lines({ name, log }: { name: string; log: FrameLog }) {
  const list = useRef<HTMLOListElement>(null);
  const lines = log.lines.value;
  useEffect(() => {
    const { current } = list;
    if (current !== null) current.scrollTop = current.scrollHeight;
  }, [lines]);
  return (
    <ol ref={list} tabIndex={0} aria-label={`Frames of ${name}`}>
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

/** The name of a stage says nothing to anybody. */
const shortened = (topic: string): string => topic.replace(/demo\.[0-9a-f]{16}\.|[0-9a-f]{16}/, '…');
