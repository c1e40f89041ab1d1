import { useEffect, useRef } from 'preact/hooks';
import { type Scene, scene } from '../route';

/** Calls `work` now and every `everyMs` while the scene is shown. */
export function useWhileShown(name: Scene, everyMs: number, work: () => void): void {
  const latest = useRef(work);
  latest.current = work;
  const shown = scene.value === name;
  useEffect(() => {
    if (!shown) return;
    const tick = (): void => {
      if (!document.hidden) latest.current();
    };
    tick();
    const timer = setInterval(tick, everyMs);
    return () => clearInterval(timer);
  }, [shown, everyMs]);
}
