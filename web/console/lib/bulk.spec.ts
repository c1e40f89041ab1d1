import { describe, expect, it } from '@jest/globals';
import { type BulkProgress, type ItemResult, FAULTS_TOLD, runBulk } from './bulk.js';

const ids = (count: number): string[] => Array.from({ length: count }, (_, index) => `id-${index}`);

async function* pagesOf(...pages: string[][]): AsyncGenerator<string[]> {
  yield* pages;
}

const fine = (batch: readonly string[]): Promise<ItemResult[]> => Promise.resolve(batch.map((id) => ({ id })));

describe('a deed on many', () => {
  it('reads all pages first, then goes batch by batch and tells how far it is', async () => {
    const told: BulkProgress[] = [];
    const batches: number[] = [];
    const send = (batch: readonly string[]) => (batches.push(batch.length), fine(batch));
    const all = ids(250);
    const pages = pagesOf(all.slice(0, 200), all.slice(190));
    const end = await runBulk({
      pages,
      send,
      onProgress: (news) => told.push(news),
      signal: new AbortController().signal,
    });
    expect(batches).toEqual([100, 100, 50]);
    expect(end).toMatchObject({ phase: 'done', total: 250, done: 250, succeeded: 250, failed: 0 });
    expect(told.map(({ phase, total, done }) => [phase, total, done])).toEqual([
      ['collecting', 200, 0],
      ['collecting', 250, 0],
      ['running', 250, 0],
      ['running', 250, 100],
      ['running', 250, 200],
      ['running', 250, 250],
      ['done', 250, 250],
    ]);
  });

  it('counts those that failed and tells the first of them', async () => {
    const problem = { code: 'topic_full', detail: 'The topic is full.' };
    const send = (batch: readonly string[]) =>
      Promise.resolve(batch.map((id) => (id === 'id-3' ? { id } : { id, problem })));
    const end = await runBulk({
      pages: pagesOf(ids(90)),
      send,
      onProgress: () => {},
      signal: new AbortController().signal,
    });
    expect(end).toMatchObject({ phase: 'done', succeeded: 1, failed: 89 });
    expect(end.faults).toHaveLength(FAULTS_TOLD);
  });

  it('leaves out the batches that follow when it is cancelled', async () => {
    const controller = new AbortController();
    const send = (batch: readonly string[]) => (controller.abort(), fine(batch));
    const end = await runBulk({ pages: pagesOf(ids(300)), send, onProgress: () => {}, signal: controller.signal });
    expect(end).toMatchObject({ phase: 'cancelled', done: 100, succeeded: 100, total: 300 });
  });

  it('does nothing when it is cancelled while it collects', async () => {
    const controller = new AbortController();
    async function* pages() {
      yield ids(10);
      controller.abort();
      yield ids(20);
    }
    const send = () => Promise.reject(new Error('not expected'));
    const end = await runBulk({ pages: pages(), send, onProgress: () => {}, signal: controller.signal });
    expect(end).toMatchObject({ phase: 'cancelled', done: 0 });
  });

  it('stops where a batch cannot be done, and keeps what is done', async () => {
    const gone = new Error('gone');
    let batches = 0;
    const send = (batch: readonly string[]) => (++batches === 2 ? Promise.reject(gone) : fine(batch));
    const end = await runBulk({
      pages: pagesOf(ids(300)),
      send,
      onProgress: () => {},
      signal: new AbortController().signal,
    });
    expect(end).toMatchObject({ phase: 'failed', done: 100, error: gone });
  });
});
