import { IDBFactory, IDBKeyRange } from 'fake-indexeddb';

interface Request {
  mode: string;
  held: (lock: object | null) => unknown;
  settle: (result: unknown) => void;
}

/** Web Locks with the features in use: exclusive and shared, queued or only if available. */
export class FakeLocks {
  /** True to leave requests without an answer. */
  isDeaf = false;
  private readonly granted = new Map<string, Request[]>();
  private readonly waiting = new Map<string, Request[]>();

  request(name: string, options: LockOptions, held: (lock: object | null) => unknown): Promise<unknown> {
    return new Promise((settle) => {
      if (this.isDeaf) return;
      const request = { mode: options.mode ?? 'exclusive', held, settle };
      if (options.ifAvailable && !this.isFree(name, request)) return queueMicrotask(() => settle(held(null)));
      this.waiting.set(name, [...this.of(this.waiting, name), request]);
      queueMicrotask(() => this.grant(name));
    });
  }

  /** Names of the locks that are held. */
  get held(): string[] {
    return [...this.granted].flatMap(([name, requests]) => requests.map(() => name));
  }

  private grant(name: string): void {
    const [first] = this.of(this.waiting, name);
    if (!first || this.of(this.granted, name).some(({ mode }) => mode !== 'shared' || first.mode !== 'shared')) return;
    this.of(this.waiting, name).shift();
    this.granted.set(name, [...this.of(this.granted, name), first]);
    void Promise.resolve(first.held({})).then((result) => {
      this.granted.set(
        name,
        this.of(this.granted, name).filter((one) => one !== first),
      );
      first.settle(result);
      this.grant(name);
    });
    this.grant(name);
  }

  private isFree(name: string, { mode }: Request): boolean {
    const taken = [...this.of(this.granted, name), ...this.of(this.waiting, name)];
    return taken.every((one) => one.mode === 'shared' && mode === 'shared');
  }

  private of(map: Map<string, Request[]>, name: string): Request[] {
    return map.get(name) ?? [];
  }
}

/** Session storage of one tab. */
export class FakeSessionStorage {
  /** @param items items of the tab that this one duplicates. */
  constructor(readonly items = new Map<string, string>()) {}

  /** Copies the storage, as "Duplicate tab" does. */
  duplicate(): FakeSessionStorage {
    return new FakeSessionStorage(new Map(this.items));
  }

  getItem = (key: string): string | null => this.items.get(key) ?? null;
  setItem = (key: string, value: string): void => void this.items.set(key, value);
}

const NAMES = ['indexedDB', 'IDBKeyRange', 'navigator', 'sessionStorage', 'window'] as const;

/** Defines a global as a browser has it. */
export const define = (name: (typeof NAMES)[number], value: unknown): void =>
  void Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });

/** Defines a global that throws when it is read. */
export const forbid = (name: (typeof NAMES)[number]): void =>
  void Object.defineProperty(globalThis, name, {
    configurable: true,
    get: () => {
      throw new Error(`${name} is forbidden`);
    },
  });

/** Opens a fresh browser. */
export function openBrowser(): { locks: FakeLocks; storage: FakeSessionStorage } {
  const locks = new FakeLocks();
  const storage = new FakeSessionStorage();
  define('indexedDB', new IDBFactory());
  define('IDBKeyRange', IDBKeyRange);
  define('navigator', { locks });
  define('sessionStorage', storage);
  return { locks, storage };
}

export function closeBrowser(): void {
  for (const name of NAMES) Reflect.deleteProperty(globalThis, name);
}
