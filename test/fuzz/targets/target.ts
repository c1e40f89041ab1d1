import type { Chance } from '../mutate/chance.js';

/** One input to send. Its kind, which its target knows, tells the meaning of its bytes. */
export interface Input {
  readonly kind: string;
  readonly bytes: Buffer;
}

export interface Verdict {
  /** Names of the answers, for the report. */
  readonly answers: readonly string[];
  /** Unexpected or missing answer. */
  readonly fault?: string;
}

/** Interface of the server that takes input, with an oracle for its answers. */
export interface Target {
  readonly name: string;
  /** Valid input, to start from. */
  readonly seeds: readonly Input[];
  mutate(input: Input, other: Input, chance: Chance): Input;
  send(input: Input): Promise<Verdict>;
  /** Relevant inputs since the last `reset`. */
  readonly recent: readonly Input[];
  /** Starts over, as if nothing had been sent. */
  reset(): void;
}
