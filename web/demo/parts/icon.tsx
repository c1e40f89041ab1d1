const PATHS = {
  chat: 'M4 5h16v11H9l-5 4z',
  box: 'M4 8l8-4 8 4v8l-8 4-8-4zM4 8l8 4 8-4M12 12v8',
  pulse: 'M3 12h4l3-8 4 16 3-8h4',
  wrench: 'M5 19l7-7M14 4a5 5 0 0 0-1 6l1 1 6-1a5 5 0 0 1-9 5',
  plug: 'M9 3v5M15 3v5M6 8h12v3a6 6 0 0 1-12 0zM12 17v4',
  cut: 'M4 4l16 16M8 4v4M14.5 4v4M6 8v3a6 6 0 0 0 8.5 5.5M18 8v3c0 .7-.1 1.3-.3 1.9M12 17v4',
  bolt: 'M13 3L5 14h6l-1 7 8-11h-6z',
  pause: 'M8 5v14M16 5v14',
  play: 'M7 4l12 8-12 8z',
  send: 'M4 12l16-8-5 16-3.5-6.5z',
  check: 'M4 13l5 5L20 6',
  checks: 'M2 13l4.5 4.5L15 8M11 16l1.5 1.5L22 8',
  clock: 'M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18zM12 7v5l3.5 2',
  phone: 'M7 2.5h10v19H7zM11 18.5h2',
  cart: 'M3 4h3l2.5 11h9L20 8H7M10 19.5h.01M16 19.5h.01',
  truck: 'M2.5 6h11v10h-11zM13.5 10h4l3.5 3v3h-7.5M7 18.5h.01M17 18.5h.01',
  card: 'M3 6h18v12H3zM3 10h18M6.5 14.5h4',
  alert: 'M12 4l9.5 16h-19zM12 10v4M12 17h.01',
  signal: 'M4 18v-3M9.3 18v-6M14.6 18V9M20 18V5',
  plane: 'M12 3v6l8 5v2l-8-2v4l2.5 2v1L12 20l-2.5 1v-1l2.5-2v-4l-8 2v-2l8-5',
  arrow: 'M5 12h14M13 6l6 6-6 6',
} as const;

export type IconName = keyof typeof PATHS;

/** Icon of one stroke in the color of its text, hidden from screen readers. */
export function Icon({ name, size = 18 }: { name: IconName; size?: number }) {
  return (
    <svg class="icon" width={size} height={size} viewBox="0 0 24 24" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
