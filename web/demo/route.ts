import { signal } from '@preact/signals';
import { recall, remember } from './memory';

export const SCENES = ['chat', 'order', 'monitor', 'playground'] as const;
export type Scene = (typeof SCENES)[number];

/** Token and API key of the link that `npm start` prints. */
export interface Credentials {
  token: string | null;
  key: string | null;
}

const PLACE = 'scene';
const TITLES: Readonly<Record<Scene, string>> = {
  chat: 'Support chat',
  order: 'Order status',
  monitor: 'Live monitor',
  playground: 'Playground',
};

/** Current scene, from the fragment of the address, such as `#chat`. */
export const scene = signal<Scene>('chat');

/**
 * Follows the fragment of the address. A fragment with a token or a key leads into the playground:
 * they are handed over and removed from the address bar, to stay out of bookmarks, screenshots and
 * history.
 */
export function startRoute(takeCredentials: (credentials: Credentials) => void): void {
  const read = (): void => {
    const fragment = location.hash.slice(1);
    const params = new URLSearchParams(fragment);
    const credentials = { token: params.get('token'), key: params.get('key') };
    if (credentials.token !== null || credentials.key !== null) {
      enter('playground');
      takeCredentials(credentials);
    } else if (fragment === '') {
      const entry = history.state as { scene?: Scene } | null;
      enter(entry?.scene ?? sceneOf(recall(PLACE)) ?? 'chat');
    } else {
      show(sceneOf(fragment) ?? scene.value);
    }
  };
  addEventListener('hashchange', read);
  read();
}

/** Enters a scene whose address has no fragment, so that going back leads to it again. */
function enter(next: Scene): void {
  history.replaceState({ scene: next }, '', location.pathname);
  show(next);
}

function show(next: Scene): void {
  scene.value = next;
  document.title = `${TITLES[next]} · Postrider`;
  remember(PLACE, next);
}

const sceneOf = (text: string | undefined): Scene | undefined => SCENES.find((name) => name === text);
