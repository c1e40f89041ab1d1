import type { ComponentChildren } from 'preact';
import type { Participant } from '../participant';
import { Controls } from './controls';
import { FrameList } from './frame-list';
import { Icon, type IconName } from './icon';
import { Standing } from './standing';
import { StatePill } from './state-pill';

interface SideProps {
  id: string;
  name: string;
  /** Line under the name. */
  about: ComponentChildren;
  icon: IconName;
  participant: Participant;
  children: ComponentChildren;
}

/** One side of a scene: its content, and the instruments that every side has. */
export function Side({ id, name, about, icon, participant, children }: SideProps) {
  return (
    <section
      class="side card"
      id={id}
      aria-labelledby={`${id}-name`}
      data-user={participant.user}
      data-session={participant.session.value}
      data-resumed={participant.resumed.value}
      data-offline={participant.offline.value}
    >
      <header class="side-head">
        <span class="avatar">
          <Icon name={icon} size={20} />
        </span>
        <div class="who">
          <h2 id={`${id}-name`}>{name}</h2>
          <p class="muted">{about}</p>
        </div>
        <StatePill participant={participant} />
      </header>
      {children}
      <footer class="instruments">
        <Controls name={name} participant={participant} />
        <Standing participant={participant} />
        <FrameList name={name} log={participant.log} />
      </footer>
    </section>
  );
}
