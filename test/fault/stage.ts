import { appendFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Ledger } from '../support/ledger.js';
import { seededRandom } from '../support/seeded-random.js';
import { until } from '../support/wait.js';
import { Driver } from './driver.js';
import type { ClientCalls, ClientsOptions, ClientStats } from './drivers/clients-main.js';
import type { PublisherCalls, PublisherOptions, PublisherStats } from './drivers/publisher-main.js';
import { type JudgeOptions, type Judgement, judge } from './judge.js';
import { type RedisKind, World, type WorldOptions } from './world.js';

export interface StageOptions {
  seed: number;
  /** True for the short run of continuous integration, in which rows may use a smaller scale. */
  ci: boolean;
  /** Duration of the soak. */
  minutes: number;
  /** `CONFIRM` of the servers instead of the row's own. */
  confirm?: string;
  /** Kind of Redis if the row does not require one; default: standalone. */
  redis?: RedisKind;
  /** Receives progress. */
  log: (line: string) => void;
}

type Given<T, K extends keyof T> = Omit<T, K> & Partial<Pick<T, K>>;
type PublishOptions = Given<Omit<PublisherOptions, 'journal' | 'apiKey'>, 'name' | 'seed' | 'urls'>;
type ClientOptions = Given<Omit<ClientsOptions, 'journal' | 'jwtSecret'>, 'seed' | 'urls'>;

export type PublisherDriver = Driver<PublisherCalls>;
export type ClientDriver = Driver<ClientCalls>;

/**
 * Run of a row: its random source, everything that it started, and the journals for the verdict.
 */
export class Stage {
  readonly seed: number;
  readonly ci: boolean;
  readonly minutes: number;
  readonly random: () => number;
  /** Broken promises of the row itself, in addition to those of the ledger. */
  readonly broken: string[] = [];
  /** Remarks about the run, such as a smaller scale. */
  readonly remarks: string[] = [];
  judgement?: Judgement;
  private story?: Ledger;
  private readonly startedAtMs = performance.now();
  private readonly ending: (() => Promise<unknown>)[] = [];
  private readonly journals: string[] = [];
  private readonly publishers: PublisherDriver[] = [];
  private readonly clientDrivers: ClientDriver[] = [];
  private current?: World;

  private constructor(
    readonly dir: string,
    private readonly options: StageOptions,
  ) {
    this.seed = options.seed;
    this.ci = options.ci;
    this.minutes = options.minutes;
    this.random = seededRandom(options.seed);
  }

  static async open(options: StageOptions): Promise<Stage> {
    return new Stage(await mkdtemp(join(tmpdir(), 'postrider-fault-')), options);
  }

  pick<T>(items: readonly T[]): T {
    return items[Math.floor(this.random() * items.length)] as T;
  }

  /** Returns a random integer from `min` to `max`. */
  between(min: number, max: number): number {
    return min + Math.floor(this.random() * (max - min + 1));
  }

  /** Returns the full number, or the smaller one in the short run, with a remark in the result. */
  scale(full: number, short: number, what: string): number {
    if (!this.ci || full === short) return full;
    this.remarks.push(`${short} ${what} instead of ${full}`);
    return short;
  }

  /** Reports a fault when it starts; it is also noted beside the journals. */
  say(text: string): void {
    const at = ((performance.now() - this.startedAtMs) / 1_000).toFixed(1).padStart(6);
    this.options.log(`  ${at} s  ${text}`);
    appendFileSync(join(this.dir, 'faults.log'), `${new Date().toISOString()} ${text}\n`);
  }

  /** Notes a broken promise of this row, in addition to those of the ledger. */
  must(kept: boolean, promise: string): void {
    if (!kept) this.broken.push(promise);
  }

  /** Ends something with the stage, in reverse order of start. */
  atEnd(end: () => Promise<unknown>): void {
    this.ending.unshift(end);
  }

  async world(options: WorldOptions = {}): Promise<World> {
    const { confirm, redis } = this.options;
    const world = await World.start({ ...(redis && { redis }), ...options, ...(confirm !== undefined && { confirm }) });
    this.atEnd(() => world.stop());
    this.current = world;
    return world;
  }

  /** Starts to publish, through all nodes with REST unless `urls` are given. */
  async publish(options: PublishOptions): Promise<PublisherDriver> {
    const world = this.theWorld();
    const driver = new Driver<PublisherCalls>('publisher-main.ts');
    this.atEnd(() => driver.stop());
    this.publishers.push(driver);
    const name = options.name ?? `p${this.publishers.length}`;
    const journal = this.journal(`publisher-${name}`);
    const { apiKey, apiUrls: urls } = world;
    await driver.call('start', { seed: this.between(1, 1e9), urls, ...options, name, journal, apiKey });
    return driver;
  }

  /**
   * Opens the clients, at all nodes with sockets unless `urls` are given, and waits until all are
   * open.
   */
  async clients(options: ClientOptions): Promise<ClientDriver> {
    const world = this.theWorld();
    const driver = new Driver<ClientCalls>('clients-main.ts');
    this.atEnd(() => driver.stop());
    this.clientDrivers.push(driver);
    const journal = this.journal(`clients-${this.clientDrivers.length}`);
    const { socketUrls: urls } = world;
    await driver.call('start', {
      seed: this.between(1, 1e9),
      urls,
      ...options,
      journal,
      jwtSecret: world.tokens.secret,
    });
    return driver;
  }

  /** Waits until every client is open again. */
  async allOpen(timeoutMs = 60_000): Promise<void> {
    const away = async (): Promise<ClientStats[]> =>
      (await Promise.all(this.clientDrivers.map((driver) => driver.call('stats')))).filter(
        ({ open, total }) => open < total,
      );
    try {
      await until(async () => (await away()).length === 0, { timeoutMs, everyMs: 250 });
    } catch {
      const names = (await away()).flatMap(({ away }) => away);
      this.broken.push(`not open after ${timeoutMs} ms: ${names.join(', ')}`);
    }
  }

  /** Stops the publishers, once each publication has its definite answer. */
  stopPublishing(): Promise<PublisherStats[]> {
    return Promise.all(this.publishers.map((driver) => driver.call('stop')));
  }

  /**
   * Stops the publishers after the faults, waits until no delivery is under way, and judges. A row
   * is judged once.
   * @param sinceMs publications before this time may be lost.
   */
  async judge({ quietMs = 60_000, sinceMs = 0 }: Partial<JudgeOptions> = {}): Promise<Judgement> {
    await this.stopPublishing();
    await this.allOpen(quietMs);
    const [judgement, story] = await judge(this.theWorld(), this.journals, { quietMs, sinceMs });
    this.judgement = judgement;
    this.story = story;
    return judgement;
  }

  /** Setting that decides the durability of a `202`, such as `sentinel, replicated:1`. */
  get setting(): string {
    return this.current ? `${this.current.redisKind}, ${this.current.confirm}` : '–';
  }

  /** Ledger by which the run was judged. */
  get ledger(): Ledger {
    if (!this.story) throw new Error('not judged yet');
    return this.story;
  }

  /** Ends everything. With `keep`, the folder with journals and logs stays. */
  async stop(keep = false): Promise<void> {
    if (keep) this.keepLogs();
    for (const end of this.ending.splice(0)) await end().catch((error: unknown) => this.say(`ended badly: ${error}`));
    if (!keep) await rm(this.dir, { recursive: true, force: true });
  }

  private keepLogs(): void {
    for (const [id, lines] of this.current?.logs ?? []) writeFileSync(join(this.dir, `${id}.log`), lines.join('\n'));
    writeFileSync(
      join(this.dir, 'judgement.json'),
      JSON.stringify({ ...this.judgement, broken: this.broken }, null, 2),
    );
  }

  private journal(name: string): string {
    const path = join(this.dir, `${name}.jsonl`);
    this.journals.push(path);
    return path;
  }

  private theWorld(): World {
    if (!this.current) throw new Error('the stage has no world yet');
    return this.current;
  }
}
