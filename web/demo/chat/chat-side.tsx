import { useSignal } from '@preact/signals';
import type { TargetedSubmitEvent } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { minuteOf } from '../clock';
import { Icon, type IconName } from '../parts/icon';
import { Side } from '../parts/side';
import type { Chat, Line, Tick } from './chat';

interface ChatSideProps {
  id: string;
  name: string;
  role: string;
  icon: IconName;
  otherName: string;
  chat: Chat;
}

export function ChatSide({ id, name, role, icon, otherName, chat }: ChatSideProps) {
  const there = chat.otherIsThere.value;
  const about = (
    <>
      {role}
      {!chat.participant.offline.value && (
        <>
          {' · '}
          <span class="presence" data-there={there}>
            {there ? `${otherName} is here` : `${otherName} is away`}
          </span>
        </>
      )}
    </>
  );
  return (
    <Side id={id} name={name} about={about} icon={icon} participant={chat.participant}>
      <Talk name={name} chat={chat} />
      <Composer id={id} otherName={otherName} chat={chat} />
    </Side>
  );
}

function Talk({ name, chat }: { name: string; chat: Chat }) {
  const list = useRef<HTMLOListElement>(null);
  const lines = chat.lines.value;
  useEffect(() => {
    const { current } = list;
    if (current !== null) current.scrollTop = current.scrollHeight;
  }, [lines]);
  return (
    <ol class="talk" ref={list} tabIndex={0} aria-live="polite" aria-label={`What ${name} sees`}>
      {lines.map((line) => (
        <Bubble key={line.key} line={line} mine={line.from === chat.participant.user} tick={chat.tickOf(line)} />
      ))}
    </ol>
  );
}

function Bubble({ line, mine, tick }: { line: Line; mine: boolean; tick: Tick }) {
  return (
    <li class="bubble" data-mine={mine} data-tick={mine ? tick : undefined} data-offset={line.offset}>
      <p>{line.text}</p>
      <span class="meta">
        {line.error ?? minuteOf(line.at)}
        {mine && <Ticks tick={tick} />}
      </span>
    </li>
  );
}

const TICKS = {
  waiting: { icon: 'clock', label: 'waiting to be sent' },
  sent: { icon: 'check', label: 'sent' },
  read: { icon: 'checks', label: 'acknowledged by the other side' },
  failed: { icon: 'alert', label: 'refused' },
} as const;

function Ticks({ tick }: { tick: Tick }) {
  const { icon, label } = TICKS[tick];
  return (
    <span class="tick" title={label}>
      {tick === 'waiting' && <span>waiting</span>}
      <Icon name={icon} size={16} />
      <span class="visually-hidden">{label}</span>
    </span>
  );
}

function Composer({ id, otherName, chat }: { id: string; otherName: string; chat: Chat }) {
  const text = useSignal('');
  const submit = (event: TargetedSubmitEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const words = text.value.trim();
    if (words === '') return;
    text.value = '';
    void chat.say(words);
  };
  return (
    <form class="composer" onSubmit={submit}>
      <label class="visually-hidden" for={`${id}-text`}>
        Message to {otherName}
      </label>
      <input
        id={`${id}-text`}
        autocomplete="off"
        maxLength={500}
        placeholder={`Write to ${otherName}`}
        value={text.value}
        onInput={(event) => (text.value = event.currentTarget.value)}
      />
      <button type="submit" class="primary" aria-label={`Send to ${otherName}`}>
        <Icon name="send" />
      </button>
    </form>
  );
}
