interface Options {
  log: (line: string) => void;
  signal?: AbortSignal;
}

export function findKubectl(options: Options): Promise<string>;
