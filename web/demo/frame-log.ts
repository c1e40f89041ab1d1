import { signal } from '@preact/signals';

export interface FrameLine {
  key: number;
  at: Date;
  direction: 'in' | 'out';
  event: string;
  topic?: string;
  detail: string;
}

const KEPT = 100;
const DRAW_MS = 150;
/** Frames left out of the log, because they would bury the rest. */
const QUIET = new Set(['ping', 'pong', 'presence']);

/** Newest frames of one socket. The view is updated a few times per second. */
export class FrameLog {
  readonly lines = signal<readonly FrameLine[]>([]);
  readonly total = signal(0);
  private kept: FrameLine[] = [];
  private seen = 0;
  private drawing = false;

  add(direction: 'in' | 'out', frame: unknown): void {
    for (const one of Array.isArray(frame) ? frame : [frame]) this.note(direction, one);
  }

  clear(): void {
    this.kept = [];
    this.draw();
  }

  private note(direction: 'in' | 'out', frame: unknown): void {
    const { event, data } = recordOf(frame);
    if (typeof event !== 'string' || QUIET.has(event)) return;
    const fields = recordOf(data);
    const topic = typeof fields['topic'] === 'string' ? { topic: fields['topic'] } : {};
    this.seen += 1;
    this.kept.push({ key: this.seen, at: new Date(), direction, event, ...topic, detail: detailOf(event, fields) });
    if (this.kept.length > KEPT) this.kept.shift();
    this.draw();
  }

  private draw(): void {
    if (this.drawing) return;
    this.drawing = true;
    // Not an animation frame, because those stop in a background page.
    setTimeout(() => {
      this.drawing = false;
      this.total.value = this.seen;
      this.lines.value = [...this.kept];
    }, DRAW_MS);
  }
}

const recordOf = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};

const NOTED = ['offset', 'attempt', 'cursor', 'from', 'to', 'code', 'reason', 'window'] as const;

/** Returns the details worth showing: numbers and reasons, never tokens or payloads. */
function detailOf(event: string, data: Record<string, unknown>): string {
  const words = NOTED.filter((name) => isPlain(data[name])).map((name) => `${name} ${String(data[name])}`);
  const { offsets, session, resumed, type } = data;
  if (Array.isArray(offsets)) words.push(`offsets ${shorten(offsets.join(', '))}`);
  if (typeof type === 'string') words.push(type);
  if (event === 'welcome') words.unshift(resumed === true ? 'resumed' : 'new session');
  if (event === 'hello') words.unshift(typeof session === 'string' ? 'resume' : 'first');
  return words.join(' · ');
}

const isPlain = (value: unknown): boolean => typeof value === 'number' || (typeof value === 'string' && value !== '');
const shorten = (text: string): string => (text.length > 40 ? `${text.slice(0, 39)}…` : text);
