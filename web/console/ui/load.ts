import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { ApiError } from '../api/call.js';
import type { Page } from '../api/types.js';

/** State of a request. The previous data stays visible while it is repeated. */
export interface Loaded<T> {
  data: T | undefined;
  error: unknown;
  loading: boolean;
  reload: () => void;
}

/** Loads on mount and when one of `inputs` changes. Only the newest answer counts. */
export function useLoad<T>(load: () => Promise<T>, inputs: readonly unknown[]): Loaded<T> {
  const [state, setState] = useState<Omit<Loaded<T>, 'reload'>>({ data: undefined, error: undefined, loading: true });
  const turn = useRef(0);
  const start = useCallback((keep: boolean) => {
    const mine = ++turn.current;
    setState(({ data }) => ({ data: keep ? data : undefined, error: undefined, loading: true }));
    load().then(
      (data) => mine === turn.current && setState({ data, error: undefined, loading: false }),
      (error: unknown) => mine === turn.current && setState(({ data }) => ({ data, error, loading: false })),
    );
  }, inputs);
  useEffect(() => {
    start(false);
    return () => void turn.current++;
  }, [start]);
  return { ...state, reload: useCallback(() => start(true), [start]) };
}

/** List that grows page by page. */
export interface Pages<T> {
  items: T[];
  /** Total number of items, if the list has it. */
  total: number | undefined;
  hasMore: boolean;
  error: unknown;
  loading: boolean;
  more: () => void;
  reload: () => void;
}

interface PagesState<T> {
  items: T[];
  total: number | undefined;
  next: string | null;
  error: unknown;
  loading: boolean;
}

export function usePages<T>(load: (cursor?: string) => Promise<Page<T>>, inputs: readonly unknown[]): Pages<T> {
  const empty: PagesState<T> = { items: [], total: undefined, next: null, error: undefined, loading: true };
  const [state, setState] = useState<PagesState<T>>(empty);
  const turn = useRef(0);
  const read = useCallback((cursor: string | undefined) => {
    const mine = ++turn.current;
    setState((before) => ({ ...before, error: undefined, loading: true }));
    load(cursor).then(
      (page) => {
        if (mine !== turn.current) return;
        setState((before) => ({
          items: cursor === undefined ? page.items : [...before.items, ...page.items],
          total: page.total ?? before.total,
          next: page.next,
          error: undefined,
          loading: false,
        }));
      },
      (error: unknown) => mine === turn.current && setState((before) => ({ ...before, error, loading: false })),
    );
  }, inputs);
  useEffect(() => {
    setState(empty);
    read(undefined);
    return () => void turn.current++;
  }, [read]);
  const more = useCallback(() => state.next !== null && read(state.next), [read, state.next]);
  const reload = useCallback(() => read(undefined), [read]);
  return { ...state, hasMore: state.next !== null, more, reload };
}

/** True if the server says that this does not exist. */
export const isMissing = (error: unknown): boolean => error instanceof ApiError && error.status === 404;
