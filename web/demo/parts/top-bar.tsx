import { nextTheme, setTheme, theme } from '../../shared/theme';
import icon from '../../shared/icon.svg';
import { type Scene, scene, SCENES } from '../route';
import { Icon, type IconName } from './icon';

const TABS: Readonly<Record<Scene, { label: string; icon: IconName }>> = {
  chat: { label: 'Chat', icon: 'chat' },
  order: { label: 'Order', icon: 'box' },
  monitor: { label: 'Monitor', icon: 'pulse' },
  playground: { label: 'Playground', icon: 'wrench' },
};

export function TopBar() {
  return (
    <header class="top">
      <a class="brand" href="#chat">
        <img src={icon} alt="" width="28" height="28" />
        <span>Postrider</span>
      </a>
      <nav class="tabs" aria-label="Scenes">
        {SCENES.map((name) => (
          <a key={name} href={`#${name}`} aria-current={scene.value === name ? 'page' : undefined}>
            <Icon name={TABS[name].icon} />
            {TABS[name].label}
          </a>
        ))}
      </nav>
      <div class="links">
        <a href="console">Console</a>
        <a href="docs">API</a>
        <ThemeButton />
      </div>
    </header>
  );
}

function ThemeButton() {
  const now = theme.value;
  const next = nextTheme(now);
  return (
    <button type="button" class="small plain" title={`Theme: ${now}`} onClick={() => setTheme(next)}>
      <span aria-hidden="true">{{ system: '◐', light: '☀', dark: '☾' }[now]}</span>
      <span class="visually-hidden">
        Theme: {now}. Change to {next}
      </span>
    </button>
  );
}
