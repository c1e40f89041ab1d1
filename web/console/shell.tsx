import type { ComponentType } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { nextTheme, setTheme, theme } from '../shared/theme.js';
import { currentApp } from './api/call.js';
import type { ConsoleSession } from './api/types.js';
import { useKeys } from './keys.js';
import { hrefOf } from './lib/route.js';
import { startLive } from './live.js';
import { chooseApp, leave, route } from './state.js';
import { announce } from './ui/dialog.js';
import { ICONS, Mark } from './ui/icons.js';
import { messageOf } from './ui/parts.js';
import { LivePill } from './ui/live-pill.js';
import { DeadLettersView } from './views/dead-letters.js';
import { FindView } from './views/find.js';
import { Help } from './views/help.js';
import { NowView } from './views/now.js';
import { QueuesView } from './views/queues.js';
import { SendView } from './views/send.js';

export const VIEWS = {
  now: { title: 'Now', view: NowView },
  find: { title: 'Find', view: FindView },
  'dead-letters': { title: 'Dead letters', view: DeadLettersView },
  send: { title: 'Send', view: SendView },
  queues: { title: 'Queues', view: QueuesView },
} as const satisfies Record<string, { title: string; view: ComponentType }>;

type ViewName = keyof typeof VIEWS;
const NAMES = Object.keys(VIEWS) as ViewName[];

/** Frame around a view: navigation, app selection, sign-out. */
export function Shell({ session }: { session: ConsoleSession }) {
  const [helpOpen, setHelpOpen] = useState(false);
  const main = useRef<HTMLElement>(null);
  const name = NAMES.find((known) => known === route.value.view) ?? 'now';
  const { title, view: View } = VIEWS[name];
  useEffect(startLive, []);
  useKeys(() => setHelpOpen(true));
  useEffect(() => {
    document.title = `${title} · Postrider console`;
    // Screen readers start at the top of a new view, unless its search field takes the focus.
    if (!main.current?.contains(document.activeElement)) main.current?.focus({ preventScroll: true });
  }, [title]);
  return (
    <div class="shell">
      <button type="button" class="skip" onClick={() => main.current?.focus()}>
        Skip to the content
      </button>
      <header class="bar">
        <a class="brand" href={hrefOf('now')}>
          <Mark />
          <span>Postrider</span>
        </a>
        <nav aria-label="Views">
          {NAMES.map((known) => (
            <a key={known} href={hrefOf(known)} aria-current={known === name ? 'page' : undefined}>
              {ICONS[known]()}
              <span>{VIEWS[known].title}</span>
            </a>
          ))}
        </nav>
        <div class="bar-end">
          <LivePill />
          <AppSelect apps={session.apps} />
          <div class="tools">
            <ThemeToggle />
            <button type="button" class="plain tool" aria-label="Help and keys" onClick={() => setHelpOpen(true)}>
              {ICONS.help()}
            </button>
            <button
              type="button"
              class="plain tool"
              aria-label={`Sign out ${session.name}`}
              onClick={() => leave().catch((error: unknown) => announce(messageOf(error)))}
            >
              {ICONS.leave()}
            </button>
          </div>
        </div>
      </header>
      <main ref={main} tabIndex={-1} class="content">
        <View key={currentApp.value} />
      </main>
      {helpOpen && <Help onClose={() => setHelpOpen(false)} />}
    </div>
  );
}

function AppSelect({ apps }: { apps: readonly string[] }) {
  return (
    <div class="app-select">
      <label for="app-select">App</label>
      <select
        id="app-select"
        value={currentApp.value}
        onChange={(event) => {
          chooseApp(event.currentTarget.value);
          announce(`App: ${event.currentTarget.value}`);
        }}
      >
        {apps.map((app) => (
          <option key={app} value={app}>
            {app}
          </option>
        ))}
      </select>
    </div>
  );
}

function ThemeToggle() {
  const names = { system: 'same as the system', light: 'light', dark: 'dark' };
  return (
    <button
      type="button"
      class="plain tool"
      aria-label={`Colors: ${names[theme.value]}. Change`}
      title={`Colors: ${names[theme.value]}`}
      onClick={() => {
        setTheme(nextTheme(theme.value));
        announce(`Colors: ${names[theme.value]}`);
      }}
    >
      {ICONS.theme()}
    </button>
  );
}
