import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';
import { ChatScene } from './chat/chat-scene';
import { MonitorScene } from './monitor/monitor-scene';
import { OrderScene } from './order/order-scene';
import { TopBar } from './parts/top-bar';
import { PlaygroundScene } from './playground/playground-scene';
import { type Scene, scene, SCENES } from './route';

const VIEWS: Readonly<Record<Scene, () => JSX.Element>> = {
  chat: ChatScene,
  order: OrderScene,
  monitor: MonitorScene,
  playground: PlaygroundScene,
};

/** Top bar and one scene. A visited scene keeps running while another is shown. */
export function App() {
  const now = scene.value;
  const visited = useRef(new Set<Scene>());
  visited.current.add(now);
  return (
    <>
      <TopBar />
      <main>
        {SCENES.filter((name) => visited.current.has(name)).map((name) => {
          const View = VIEWS[name];
          return (
            <div key={name} class={`scene scene-${name}`} hidden={name !== now}>
              <View />
            </div>
          );
        })}
      </main>
    </>
  );
}
