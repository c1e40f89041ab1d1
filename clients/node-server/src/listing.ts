/** Page of a list. */
export interface Page<T> {
  items: T[];
  /** Cursor of the next page; null on the last page. */
  next: string | null;
}

/**
 * List that the server returns page by page. Nothing is requested before it is iterated: `for await
 * (const item of listing)` goes through all pages and requests each when it is needed.
 */
export class Listing<T, P extends Page<T> = Page<T>> implements AsyncIterable<T> {
  constructor(private readonly load: (cursor: string | undefined) => Promise<P>) {}

  /**
   * Loads one page: the first, or the page of a cursor.
   * @throws PostriderError as the list's call does.
   */
  page(cursor?: string): Promise<P> {
    return this.load(cursor);
  }

  /** Iterates over pages. */
  async *pages(): AsyncGenerator<P, void, undefined> {
    let cursor: string | undefined;
    do {
      const page = await this.load(cursor);
      yield page;
      cursor = page.next ?? undefined;
    } while (cursor !== undefined);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    for await (const { items } of this.pages()) yield* items;
  }
}
