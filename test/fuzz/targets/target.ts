import type { Chance } from '../mutate/chance.js';

/** One thing to send. What its bytes are depends on the kind, which its target knows. */
export interface Input {
  readonly kind: string;
  readonly bytes: Buffer;
}

export interface Verdict {
  /** Answers, for the table. */
  readonly answers: readonly string[];
  /** Unexpected or missing answer. */
  readonly fault?: string;
}

/** A side of the server that takes input, with what is known of its right answers. */
export interface Target {
  readonly name: string;
  /** Valid input, to begin with. */
  readonly seeds: readonly Input[];
  mutate(input: Input, other: Input, chance: Chance): Input;
  send(input: Input): Promise<Verdict>;
  /** Relevant inputs since the last `reset`. */
  readonly recent: readonly Input[];
  /** Starts over, as if nothing had been sent. */
  reset(): void;
}
