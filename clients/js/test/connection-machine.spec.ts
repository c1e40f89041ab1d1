import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { TRANSITIONS } from '../src/connection-machine.js';

const DRAWING = new URL('../../../docs/client-sdk.md', import.meta.url);

/** Edges of the diagram, such as `connecting --> open: welcomed`. */
function drawnEdges(): string[] {
  const [, drawing = ''] = /```mermaid\nstateDiagram-v2\n(.*?)```/s.exec(readFileSync(DRAWING, 'utf8')) ?? [];
  return [...drawing.matchAll(/^ *(\w+) --> (\w+): (.+)$/gm)].flatMap(([, from, to, labels = '']) =>
    labels.split(', ').map((label) => `${from} --> ${to}: ${label}`),
  );
}

describe('the state machine', () => {
  it('matches the diagram', () => {
    const edges = Object.entries(TRANSITIONS).flatMap(([from, steps]) =>
      Object.entries(steps).map(([happening, to]) => `${from} --> ${to}: ${happening}`),
    );
    expect(drawnEdges().sort()).toEqual(edges.sort());
  });
});
