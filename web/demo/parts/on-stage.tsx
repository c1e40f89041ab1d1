import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import { needStage, openStage, type Stage, stage } from '../stage';
import { Icon, type IconName } from './icon';

/** Shows a scene once its stage exists; until then, the progress or the problem. */
export function OnStage({ children }: { children: (stage: Stage) => ComponentChildren }) {
  useEffect(needStage, []);
  const state = stage.value;
  switch (state?.name) {
    case 'ready':
      return <>{children(state.stage)}</>;
    case 'off':
      return (
        <Notice icon="plug" title="The scenes are switched off on this server">
          <p>
            They give every visitor users and a key in a separate app, so a production server leaves them out unless it
            is started with <code>DEMO=true</code>.
          </p>
          <a class="button primary" href="#playground">
            Go to the playground
          </a>
        </Notice>
      );
    case 'over':
      return (
        <Notice icon="clock" title="This stage is over">
          <p>Its users and tokens have expired. A new one takes a second.</p>
          <button type="button" class="primary" onClick={() => location.reload()}>
            Start over
          </button>
        </Notice>
      );
    case 'failed':
      return (
        <Notice icon="alert" title="The stage could not be set up">
          <p>{state.reason}</p>
          <button type="button" class="primary" onClick={() => void openStage()}>
            Try again
          </button>
        </Notice>
      );
    default:
      return (
        <p class="setting muted" role="status">
          Setting up the stage …
        </p>
      );
  }
}

function Notice({ icon, title, children }: { icon: IconName; title: string; children: ComponentChildren }) {
  return (
    <div class="notice card" role="status">
      <span class="avatar">
        <Icon name={icon} size={24} />
      </span>
      <h2>{title}</h2>
      {children}
    </div>
  );
}
