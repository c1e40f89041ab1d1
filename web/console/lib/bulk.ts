/** Result of one item of a batch. */
export interface ItemResult {
  id: string;
  /** Undefined on success. */
  problem?: { code: string; detail: string };
}

export interface BulkProgress {
  phase: 'collecting' | 'running' | 'done' | 'cancelled' | 'failed';
  /** Number of items collected so far. */
  total: number;
  done: number;
  succeeded: number;
  failed: number;
  /** The first failures. */
  faults: ItemResult[];
  /** Reason for the end if it `failed`. */
  error?: unknown;
}

export interface BulkWork {
  /**
   * Ids, page by page. All are read before the first action, because actions may remove items from
   * the list.
   */
  pages: AsyncIterable<readonly string[]>;
  /** Handles one batch. @returns a result per item. */
  send: (ids: readonly string[], signal: AbortSignal) => Promise<ItemResult[]>;
  onProgress: (progress: BulkProgress) => void;
  signal: AbortSignal;
  /** Items of one batch. */
  batchSize?: number;
}

/** Maximum failures that are listed. */
export const FAULTS_TOLD = 50;

/**
 * Processes many items, one batch at a time. Cancelling lets the current batch finish and skips the
 * others.
 * @returns the outcome; it never throws.
 */
export async function runBulk({ pages, send, onProgress, signal, batchSize = 100 }: BulkWork): Promise<BulkProgress> {
  let progress: BulkProgress = { phase: 'collecting', total: 0, done: 0, succeeded: 0, failed: 0, faults: [] };
  const tell = (news: Partial<BulkProgress>): BulkProgress => {
    progress = { ...progress, ...news };
    onProgress(progress);
    return progress;
  };
  try {
    const ids = new Set<string>();
    for await (const page of pages) {
      if (signal.aborted) return tell({ phase: 'cancelled' });
      for (const id of page) ids.add(id);
      tell({ total: ids.size });
    }
    tell({ phase: 'running', total: ids.size });
    const all = [...ids];
    for (let start = 0; start < all.length; start += batchSize) {
      if (signal.aborted) return tell({ phase: 'cancelled' });
      const results = await send(all.slice(start, start + batchSize), signal);
      const faults = results.filter(({ problem }) => problem !== undefined);
      tell({
        done: progress.done + results.length,
        succeeded: progress.succeeded + results.length - faults.length,
        failed: progress.failed + faults.length,
        faults: [...progress.faults, ...faults].slice(0, FAULTS_TOLD),
      });
    }
    return tell({ phase: 'done' });
  } catch (error) {
    return signal.aborted ? tell({ phase: 'cancelled' }) : tell({ phase: 'failed', error });
  }
}
