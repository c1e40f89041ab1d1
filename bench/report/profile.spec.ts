import { expect, it } from '@jest/globals';
import { sharesOf } from './profile.js';

const node = (id: number, functionName: string, url = '') => ({ id, callFrame: { functionName, url } });

it('a profile is summed up by the owner of each function', () => {
  const nodes = [
    node(1, '(idle)'),
    node(2, '(garbage collector)'),
    node(3, 'writev'),
    node(4, 'writeBuffer'),
    node(5, 'pump', 'file:///app/dist/gateway/subscription.js'),
    node(6, 'parse', 'file:///app/node_modules/zod/v4/core/parse.js'),
    node(7, 'listen', '/app/node_modules/@nestjs/core/router.js'),
    node(8, 'emit', 'node:events'),
    node(9, 'slice'),
  ];
  const samples = [1, 2, 3, 4, 5, 5, 6, 7, 8, 9];
  const timeDeltas = [5_000, 100, 1_000, 1_000, 400, 400, 300, 200, 250, 50];
  expect([...sharesOf({ nodes, samples, timeDeltas })]).toEqual([
    ['writes to sockets', 2],
    ['Postrider: gateway', 0.8],
    ['zod', 0.3],
    ['node: sockets and streams', 0.25],
    ['@nestjs/core', 0.2],
    ['garbage collection', 0.1],
    ['native functions', 0.05],
  ]);
});

it('a file that is no profile is refused', () => {
  expect(() => sharesOf({ nodes: [] })).toThrow('samples');
});
