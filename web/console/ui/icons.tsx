import type { ComponentChildren } from 'preact';

/** Icon of 20 by 20 pixels in the color of the text. It is never the only label of a control. */
function Icon({ children }: { children: ComponentChildren }) {
  return (
    <svg class="icon" viewBox="0 0 20 20" width="20" height="20" aria-hidden="true" focusable="false">
      {children}
    </svg>
  );
}

const Stroke = ({ d }: { d: string }) => (
  <Icon>
    <path d={d} fill="none" stroke="currentColor" stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round" />
  </Icon>
);

export const ICONS = {
  now: () => <Stroke d="M2.5 10h3l2.5-6 4 12 2.5-6h3" />,
  find: () => <Stroke d="M9 3.5a5.5 5.5 0 1 1 0 11 5.5 5.5 0 0 1 0-11zM13 13l4 4" />,
  'dead-letters': () => <Stroke d="M3 5h14v10H3zM3 5.5l7 5.5 7-5.5M8 17.5h4" />,
  send: () => <Stroke d="M17 3 9 11M17 3l-5 14-3-6-6-3z" />,
  queues: () => <Stroke d="M3 5h14M3 10h14M3 15h9" />,
  theme: () => (
    <Icon>
      <circle cx="10" cy="10" r="6.5" fill="none" stroke="currentColor" stroke-width="1.6" />
      <path d="M10 3.5a6.5 6.5 0 0 1 0 13z" fill="currentColor" />
    </Icon>
  ),
  help: () => <Stroke d="M7.5 7.5a2.5 2.5 0 1 1 3.6 2.2c-.8.4-1.1.9-1.1 1.8M10 14.5v.1" />,
  leave: () => <Stroke d="M12 4H4v12h8M8 10h9m-3-3 3 3-3 3" />,
} as const;

/** Logo of the product. */
export function Mark() {
  return (
    <svg class="mark" viewBox="0 0 32 32" width="28" height="28" aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="8" class="mark-ground" />
      <path
        d="M7 11h14a4 4 0 0 1 4 4v6H7zm0 1 8 6 6-4.5"
        fill="none"
        stroke="#fff"
        stroke-width="2.2"
        stroke-linecap="round"
        stroke-linejoin="round"
      />
      <circle cx="24.5" cy="9.5" r="3.5" fill="#ffd9a8" />
    </svg>
  );
}
