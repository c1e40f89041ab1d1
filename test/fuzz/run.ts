import type { FuzzRig } from './fuzz-rig.js';
import { growthOf } from './growth.js';
import type { Holdings } from './inspected-process.js';
import { Chance } from './mutate/chance.js';
import { shrink } from './shrink.js';
import type { Input, Target } from './targets/target.js';

export interface Failure {
  readonly fault: string;
  readonly inputs: readonly Input[];
}

export interface Report {
  readonly sent: number;
  readonly seconds: number;
  readonly answers: ReadonlyMap<string, number>;
  /** Code paths reached by valid input, and at the end. */
  readonly covered: { readonly first: number; readonly last: number };
  readonly held: { readonly first?: Holdings | undefined; readonly last?: Holdings | undefined };
  readonly grown: readonly string[];
  readonly failures: readonly Failure[];
}

const ROUND = 50;
const MOST_POOLED = 3_000;
/** Maximum length of pooled inputs. Long ones are slow and rarely find more. */
const LONGEST_POOLED = 4_096;
const MOST_FAILURES = 10;
const SAMPLES = 30;

/** Run of mutated input against one target. Inputs that reach new code are mutated further. */
export class FuzzRun {
  private readonly chance: Chance;
  private readonly pool: Input[];
  private readonly answers = new Map<string, number>();
  private readonly samples: Holdings[] = [];
  private readonly failures: Failure[] = [];
  /** Kinds of faults found; one case of each is enough. */
  private readonly faults = new Set<string>();
  private sent = 0;

  constructor(
    private readonly rig: FuzzRig,
    private readonly target: Target,
    seed: number,
    private readonly blind: boolean,
  ) {
    this.chance = new Chance(seed);
    this.pool = [...target.seeds];
  }

  async run(forMs: number): Promise<Report> {
    for (const seed of this.target.seeds) await this.try(seed);
    await this.rig.process.newlyCovered();
    const first = this.rig.process.covered;
    const beganMs = performance.now();
    let nextSampleMs = beganMs;
    while (performance.now() < beganMs + forMs && this.failures.length < MOST_FAILURES) {
      const round = Array.from({ length: ROUND }, () => this.next());
      for (const input of round) await this.try(input);
      await this.keepIfNew(round);
      if (performance.now() < nextSampleMs) continue;
      nextSampleMs += forMs / SAMPLES;
      this.samples.push(await this.rig.process.holdings());
      await this.note(await this.rig.controlFault(), this.target.recent);
    }
    this.target.reset();
    return {
      sent: this.sent,
      seconds: (performance.now() - beganMs) / 1_000,
      answers: this.answers,
      covered: { first, last: this.rig.process.covered },
      held: { first: this.samples[0], last: this.samples.at(-1) },
      grown: growthOf(this.samples),
      failures: this.failures,
    };
  }

  private next(): Input {
    // Most inputs in the pool are broken already, so half of all mutations start from valid input.
    const from = this.chance.is(0.5) ? this.target.seeds : this.pool;
    return this.target.mutate(this.chance.pick(from), this.chance.pick(this.pool), this.chance);
  }

  private async keepIfNew(round: readonly Input[]): Promise<void> {
    if ((await this.rig.process.newlyCovered()) === 0 || this.blind) return;
    for (const input of round.filter(({ bytes }) => bytes.length <= LONGEST_POOLED)) {
      if (this.pool.length < MOST_POOLED) this.pool.push(input);
      else this.pool[this.target.seeds.length + this.chance.below(MOST_POOLED - this.target.seeds.length)] = input;
    }
  }

  private async try(input: Input): Promise<void> {
    this.sent++;
    const { answers, fault } = await this.target.send(input);
    for (const answer of answers) this.answers.set(answer, (this.answers.get(answer) ?? 0) + 1);
    await this.note(fault ?? this.rig.fault(), this.target.recent);
  }

  private async note(fault: string | undefined, inputs: readonly Input[]): Promise<void> {
    if (fault === undefined) return;
    const kind = fault.replaceAll(/\d+/g, 'n');
    if (this.faults.has(kind)) return this.restart();
    this.faults.add(kind);
    const smallest = await shrink(inputs, (candidate) => this.fails(candidate));
    await this.restart();
    this.failures.push({ fault, inputs: smallest });
  }

  private async fails(inputs: readonly Input[]): Promise<boolean> {
    await this.restart();
    for (const input of inputs) {
      const { fault } = await this.target.send(input);
      if (fault ?? this.rig.fault()) return true;
    }
    return false;
  }

  private async restart(): Promise<void> {
    this.target.reset();
    this.rig.fault();
    await this.rig.revive();
  }
}
