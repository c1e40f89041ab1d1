import { signal } from '@preact/signals';

export type Theme = 'system' | 'light' | 'dark';

const KEY = 'postrider.theme';
const THEMES: readonly Theme[] = ['system', 'light', 'dark'];

/**
 * Theme chosen by the reader; `system` follows the browser. It is kept across visits if the browser
 * allows storage.
 */
export const theme = signal<Theme>(stored());

/** Sets and stores the theme. */
export function setTheme(next: Theme): void {
  theme.value = next;
  apply(next);
  try {
    localStorage.setItem(KEY, next);
  } catch {
    // Storage is forbidden: the choice lasts until the page is left.
  }
}

/** Applies the stored theme. Called before the first render, so the page does not flash. */
export function startTheme(): void {
  apply(theme.value);
}

/** Returns the next theme of the toggle. */
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
