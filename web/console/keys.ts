import { useEffect } from 'preact/hooks';
import { hrefOf } from './lib/route.js';
import { goTo, route } from './state.js';

/** Second key after `g`. */
const GO: Readonly<Record<string, string>> = { n: 'now', f: 'find', d: 'dead-letters', s: 'send', q: 'queues' };
const GO_WITHIN_MS = 1_500;

/** Id of the field that `/` focuses. */
export const SEARCH_ID = 'search';

/**
 * Keyboard shortcuts: `?` opens the help, `/` focuses the search field, `g` and a letter open a
 * view. Inactive during typing and while a dialog is open.
 */
export function useKeys(openHelp: () => void): void {
  useEffect(() => {
    let goUntil = 0;
    const onKey = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || isBusy(event.target)) return;
      const view = event.timeStamp < goUntil ? GO[event.key] : undefined;
      goUntil = event.key === 'g' ? event.timeStamp + GO_WITHIN_MS : 0;
      if (view) goTo(hrefOf(view));
      else if (event.key === '?') openHelp();
      else if (event.key === '/') focusSearch();
      else return;
      event.preventDefault();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, []);
}

function focusSearch(): void {
  const field = document.getElementById(SEARCH_ID);
  // Without a field yet, the opened view focuses its own.
  if (field instanceof HTMLInputElement) field.select();
  else if (route.value.view !== 'find') goTo(hrefOf('find'));
}

function isBusy(target: EventTarget | null): boolean {
  if (document.querySelector('dialog[open]')) return true;
  return target instanceof HTMLElement && target.closest('input:not([type=checkbox]), select, textarea') !== null;
}
