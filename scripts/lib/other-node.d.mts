interface Options {
  log: (line: string) => void;
  signal?: AbortSignal;
}

export function otherNode(major: number, options: Options): Promise<string>;
