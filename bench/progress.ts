import { SingleBar } from 'cli-progress';

/** Progress of the benchmark: a bar on a terminal, otherwise a line per run. */
export interface Progress {
  begin(what: string): void;
  end(): void;
  stop(): void;
}

export function progress(total: number): Progress {
  return process.stdout.isTTY ? bar(total) : lines(total);
}

function bar(total: number): Progress {
  const single = new SingleBar({ format: '{bar} {value}/{total} {what} (still {eta_formatted})', hideCursor: true });
  single.start(total, 0, { what: '' });
  return {
    begin: (what) => single.update({ what }),
    end: () => single.increment(),
    stop: () => single.stop(),
  };
}

function lines(total: number): Progress {
  let done = 0;
  return {
    begin: (what) => console.log(`${(done += 1)}/${total} ${what}`),
    end: () => undefined,
    stop: () => undefined,
  };
}
