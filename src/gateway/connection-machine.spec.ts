import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { TRANSITIONS } from './connection-machine.js';

const DRAWING = new URL('../../docs/architecture.md', import.meta.url);

/** Edges of the drawing: `bound --> closed: lose / suspend, forget`. */
function drawnEdges(): string[] {
  const [, drawing = ''] = /```mermaid\nstateDiagram-v2\n(.*?)```/s.exec(readFileSync(DRAWING, 'utf8')) ?? [];
  return [...drawing.matchAll(/^ *(\w+ --> \w+: .+)$/gm)].map(([, edge = '']) => edge);
}

describe('the state machine of a connection', () => {
  it('matches the drawing', () => {
    const edges = Object.entries(TRANSITIONS).flatMap(([from, steps]) =>
      Object.entries(steps).map(([happening, { to, effects }]) => {
        const done = effects.length > 0 ? ` / ${effects.join(', ')}` : '';
        return `${from} --> ${to}: ${happening}${done}`;
      }),
    );
    expect(drawnEdges().toSorted()).toEqual(edges.toSorted());
  });

  it('forgets every closed connection once, and then does nothing more', () => {
    for (const { lose } of Object.values(TRANSITIONS)) {
      if (lose) expect(lose.effects.filter((effect) => effect === 'forget')).toHaveLength(1);
    }
    expect(TRANSITIONS.closed).toEqual({});
  });
});
