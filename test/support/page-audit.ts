import type { Page } from 'playwright-core';

/** Minimum contrast of text that is neither large nor bold (WCAG 2.2, AA). */
const TEXT = 4.5;
const LARGE_TEXT = 3;

/**
 * Basic expectations of a page that a program can check. Each check returns the faulty elements.
 */
export const pageAudit = {
  /** Finds fields, buttons and links without a name for screen readers. */
  unnamed: (page: Page): Promise<string[]> => page.evaluate(findUnnamed),
  /** Finds visible text with too little contrast to its background. */
  faint: (page: Page): Promise<string[]> => page.evaluate(findFaint, { text: TEXT, largeText: LARGE_TEXT }),
  /** Returns the number of pixels by which the page is wider than its window. */
  overflow: (page: Page): Promise<number> =>
    page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth),
};

// The functions below run in the page and can use nothing from outside themselves.

function findUnnamed(): string[] {
  const nameOf = (element: Element): string => {
    const ids = (element.getAttribute('aria-labelledby') ?? '').split(' ');
    const labels = 'labels' in element ? [...((element.labels as NodeListOf<HTMLElement> | null) ?? [])] : [];
    const byOthers = [...ids.map((id) => document.getElementById(id)), ...labels].map((other) => other?.textContent);
    const content = element.matches('a, button, summary') ? element.textContent : '';
    const own = [element.getAttribute('aria-label'), element.getAttribute('title'), content];
    return [...byOthers, ...own].join('').trim();
  };
  const wanted = 'input:not([type=hidden]), select, textarea, button, a[href], summary, [role=img], img:not([alt])';
  return [...document.querySelectorAll<HTMLElement>(wanted)]
    .filter((element) => element.checkVisibility() && nameOf(element) === '')
    .map((element) => element.outerHTML.slice(0, 120));
}

function findFaint({ text, largeText }: { text: number; largeText: number }): string[] {
  type Color = [red: number, green: number, blue: number, alpha: number];
  const canvas = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
  if (canvas === null) throw new Error('no canvas');
  const colorOf = (css: string): Color => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = css;
    canvas.fillRect(0, 0, 1, 1);
    const [red = 0, green = 0, blue = 0, alpha = 0] = canvas.getImageData(0, 0, 1, 1).data;
    return [red, green, blue, alpha / 255];
  };
  const over = (top: Color, below: Color): Color => {
    const mix = (a: number, b: number): number => a * top[3] + b * (1 - top[3]);
    return [mix(top[0], below[0]), mix(top[1], below[1]), mix(top[2], below[2]), 1];
  };
  const luminance = (color: Color): number => {
    const [red = 0, green = 0, blue = 0] = color.slice(0, 3).map((channel) => {
      const part = channel / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const behind = (element: Element | null): Color => {
    if (element === null) return colorOf('canvas');
    const own = colorOf(getComputedStyle(element).backgroundColor);
    return own[3] === 1 ? own : over(own, behind(element.parentElement));
  };
  const fade = (element: Element | null): number =>
    element === null ? 1 : Number(getComputedStyle(element).opacity) * fade(element.parentElement);
  // A transition to a color counts as finished.
  for (const animation of document.getAnimations()) {
    if (Number.isFinite(animation.effect?.getComputedTiming().endTime)) animation.finish();
  }
  const found: string[] = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const { parentElement: element, textContent } = texts.currentNode;
    const words = (textContent ?? '').trim();
    if (words === '' || element === null || !element.checkVisibility({ visibilityProperty: true })) continue;
    // Disabled controls may be faint, and text for screen readers has no color.
    if (element.closest(':disabled, .visually-hidden') !== null) continue;
    const style = getComputedStyle(element);
    const ground = behind(element);
    const [red, green, blue, alpha] = colorOf(style.color);
    const ink = over([red, green, blue, alpha * fade(element)], ground);
    const [light = 0, dark = 0] = [luminance(ink), luminance(ground)].toSorted((a, b) => b - a);
    const ratio = (light + 0.05) / (dark + 0.05);
    const size = Number.parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    if (ratio < (large ? largeText : text))
      found.push(`${ratio.toFixed(2)} ${element.tagName} "${words.slice(0, 40)}"`);
  }
  return found;
}
