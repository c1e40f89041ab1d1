// Process of a load generator, which runs its parent's commands one after another.
import type { Commands, Reply, Request, Target } from './commands.js';
import { Crew } from './crew.js';

type Executor = { [Name in keyof Commands]: (order: Commands[Name][0]) => Promise<Commands[Name][1]> };

const target = JSON.parse(process.argv[2] ?? '') as Target;
const crew: Executor = new Crew(target);

process.on('message', (request) => void answer(request as Request));
process.on('disconnect', () => process.exit(0));
process.send?.({ report: undefined } satisfies Reply);

async function answer(request: Request): Promise<void> {
  process.send?.(await execute(request));
}

async function execute({ name, order }: Request): Promise<Reply> {
  try {
    // The compiler cannot infer that name and order of a request belong together.
    return { report: await (crew[name] as (order: Request['order']) => Promise<Commands[typeof name][1]>)(order) };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}
