import { signal } from '@preact/signals';

export type Theme = 'system' | 'light' | 'dark';

const KEY = 'postrider.theme';
const THEMES: readonly Theme[] = ['system', 'light', 'dark'];

/**
 * Theme chosen by the reader; `system` follows the browser. Kept across visits if the browser keeps
 * anything.
 */
export const theme = signal<Theme>(stored());

/** Chooses how the page looks, and remembers it. */
export function setTheme(next: Theme): void {
  theme.value = next;
  apply(next);
  try {
    localStorage.setItem(KEY, next);
  } catch {
    // A browser that stores nothing: the choice holds until the page is left.
  }
}

/** To be called before the first render, so that the page does not blink. */
export function startTheme(): void {
  apply(theme.value);
}

/** The theme after this one, in the order of the toggle. */
export function nextTheme(current: Theme): Theme {
  return THEMES[(THEMES.indexOf(current) + 1) % THEMES.length] ?? 'system';
}

function apply(next: Theme): void {
  const { dataset } = document.documentElement;
  if (next === 'system') delete dataset['theme'];
  else dataset['theme'] = next;
}

function stored(): Theme {
  try {
    const text = localStorage.getItem(KEY);
    return THEMES.find((name) => name === text) ?? 'system';
  } catch {
    return 'system';
  }
}
