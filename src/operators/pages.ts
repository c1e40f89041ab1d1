import type { DynamicModule, Type } from '@nestjs/common';
import { ClientModule } from './client.module.js';
import { ConsoleModule } from './console.module.js';
import { DemoModule } from './demo.module.js';

/**
 * Pages that the role `api` serves: the demo at `/`, the console at `/console`, the queue board
 * inside it, the client SDK at `/client`, and the reference of the API at `/docs`.
 */
export type Page = 'demo' | 'console' | 'queues' | 'client' | 'docs';

export const ALL_PAGES: readonly Page[] = ['demo', 'console', 'queues', 'client', 'docs'];

type Loadable = Type | Promise<DynamicModule>;

/** Modules of the pages. `docs` needs the finished application, so `mountPostrider` serves it. */
export function modulesOf(pages: readonly Page[]): Loadable[] {
  const loaders: Readonly<Partial<Record<Page, () => Loadable>>> = {
    demo: () => DemoModule,
    console: () => ConsoleModule,
    queues: queueBoard,
    client: () => ClientModule,
  };
  return pages.flatMap((page) => loaders[page]?.() ?? []);
}

/**
 * Imported on demand: its packages are CommonJS that requires ES modules, which not every loader
 * supports.
 */
async function queueBoard(): Promise<DynamicModule> {
  return { module: (await import('./queue-board.module.js')).QueueBoardModule };
}
