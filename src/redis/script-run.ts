import { PostriderError } from '../contract/postrider-error.js';
import type { AnyScript, ScriptArgument } from './script.js';
import { placeIn } from '../contract/partition.js';

/** Script call that waits for its reply. */
export interface Call {
  readonly script: AnyScript;
  /** Partitions, all in one shard. */
  readonly partitions: readonly number[];
  readonly args: readonly ScriptArgument[];
  /** Common arguments if the call may share a run of its script with others. */
  readonly shared?: readonly ScriptArgument[] | undefined;
  resolve(reply: unknown): void;
  reject(error: PostriderError): void;
}

/** One run of a script, for one or several calls. */
export interface Run {
  readonly calls: Call[];
  readonly script: AnyScript;
  readonly partitions: number[];
  readonly args: ScriptArgument[];
}

/** Maximum calls in one run, during which Redis does nothing else. */
const MAX_JOINED = 64;

/** Groups calls into runs, in order except that calls which may share a run do. */
export function runsOf(batch: readonly Call[]): Run[] {
  const runs: Run[] = [];
  const open = new Map<readonly ScriptArgument[], Run>();
  for (const call of batch) {
    const { script, partitions, args, shared } = call;
    if (!shared) {
      runs.push({ calls: [call], script, partitions: [...partitions], args: [...args] });
      continue;
    }
    let run = open.get(shared);
    if (!run || run.script !== script || run.calls.length >= MAX_JOINED) {
      run = { calls: [], script, partitions: [], args: [...shared] };
      open.set(shared, run);
      runs.push(run);
    }
    run.calls.push(call);
    for (const partition of partitions) run.args.push(placeIn(run.partitions, partition));
    run.args.push(args.length, ...args);
  }
  return runs;
}

/** Gives each call its part of the outcome. */
export function settle({ calls }: Run, outcome: unknown): void {
  calls.forEach((call, place) => {
    if (outcome instanceof PostriderError) call.reject(outcome);
    else call.resolve(call.shared && Array.isArray(outcome) ? outcome[place] : outcome);
  });
}
