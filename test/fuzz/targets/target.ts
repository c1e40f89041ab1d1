import type { Chance } from '../mutate/chance.js';

/** One thing to send. What its bytes are depends on the kind, which its target knows. */
export interface Input {
  readonly kind: string;
  readonly bytes: Buffer;
}

export interface Verdict {
  /** What came back, for the table of answers. */
  readonly answers: readonly string[];
  /** What should not have come, or did not come. */
  readonly fault?: string;
}

/** A side of the server that takes input, with what is known of its right answers. */
export interface Target {
  readonly name: string;
  /** Valid input, to begin with. */
  readonly seeds: readonly Input[];
  mutate(input: Input, other: Input, chance: Chance): Input;
  send(input: Input): Promise<Verdict>;
  /** What was sent since the last `reset`, as far as it may have mattered. */
  readonly recent: readonly Input[];
  /** Begins anew, as if nothing had been sent. */
  reset(): void;
}
