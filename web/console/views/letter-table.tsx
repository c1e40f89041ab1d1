import { useState } from 'preact/hooks';
import { writeJson } from '../../shared/exact-json.js';
import type { DeadLetter } from '../api/types.js';
import { hrefOf } from '../lib/route.js';
import { Dialog } from '../ui/dialog.js';
import { Facts, Pill, Time } from '../ui/parts.js';
import { TopicLink } from '../ui/topic-link.js';

interface LetterTableProps {
  letters: readonly DeadLetter[];
  marked: ReadonlySet<string>;
  /** True if all matches are selected, shown or not. */
  all: boolean;
  onMark: (marked: ReadonlySet<string>) => void;
}

export function LetterTable({ letters, marked, all, onMark }: LetterTableProps) {
  const [shown, setShown] = useState<DeadLetter>();
  const everyone = letters.every(({ id }) => marked.has(id));
  const toggle = (id: string): void => {
    const next = new Set(marked);
    if (!next.delete(id)) next.add(id);
    onMark(next);
  };
  return (
    <div class="table-box" tabIndex={0} role="region" aria-label="List">
      <table class="letters">
        <thead>
          <tr>
            <th scope="col">
              <input
                type="checkbox"
                aria-label="Select all that are shown"
                checked={all || everyone}
                disabled={all}
                onChange={() => onMark(everyone ? new Set() : new Set(letters.map(({ id }) => id)))}
              />
            </th>
            <th scope="col">Topic</th>
            <th scope="col" class="number">
              Offset
            </th>
            <th scope="col">Type</th>
            <th scope="col">Reason</th>
            <th scope="col" class="number">
              Attempts
            </th>
            <th scope="col">Given up</th>
            <th scope="col">
              <span class="visually-hidden">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {letters.map((letter) => (
            <tr key={letter.id} data-marked={all || marked.has(letter.id)}>
              <td>
                <input
                  type="checkbox"
                  aria-label={`Select ${letter.topic} ${letter.offset}`}
                  checked={all || marked.has(letter.id)}
                  disabled={all}
                  onChange={() => toggle(letter.id)}
                />
              </td>
              <td>
                <TopicLink topic={letter.topic} />
              </td>
              <td class="number">{letter.offset}</td>
              <td class="mono">{letter.type}</td>
              <td>
                <Pill tone="bad">{letter.reason}</Pill>
                {letter.replayedAs !== undefined && (
                  <>
                    {' '}
                    <a href={hrefOf('find', ['notification', letter.replayedAs])}>replayed</a>
                  </>
                )}
              </td>
              <td class="number">{letter.attempts}</td>
              <td>
                <Time at={letter.deadAt} relative />
              </td>
              <td class="number">
                <button type="button" class="small" onClick={() => setShown(letter)}>
                  Inspect<span class="visually-hidden"> {letter.id}</span>
                </button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {shown && <LetterDialog letter={shown} onClose={() => setShown(undefined)} />}
    </div>
  );
}

function LetterDialog({ letter, onClose }: { letter: DeadLetter; onClose: () => void }) {
  return (
    <Dialog title="Dead letter" onClose={onClose}>
      <Facts
        of={[
          [
            'Notification',
            <a class="mono" href={hrefOf('find', ['notification', letter.notification])}>
              {letter.notification}
            </a>,
          ],
          ['Topic', `${letter.topic}, offset ${letter.offset}`],
          ['Type', <span class="mono">{letter.type}</span>],
          ['Reason', `${letter.reason}, after ${letter.attempts} attempts`],
          ...letter.recipients.map(
            ({ session, user, state, attempts, reason }) =>
              [
                state === 'refused' ? 'Refused by' : 'Used up by',
                `${user ?? session}, attempt ${attempts}${reason === undefined ? '' : `: ${reason}`}`,
              ] as const,
          ),
          ['Accepted', <Time at={letter.createdAt} />],
          ['Given up', <Time at={letter.deadAt} />],
        ]}
      />
      <pre tabIndex={0} aria-label="Data">
        {writeJson(letter.data, 2)}
      </pre>
      <div class="row dialog-actions">
        <button type="button" onClick={onClose}>
          Close
        </button>
      </div>
    </Dialog>
  );
}
