import { execFile } from 'node:child_process';
import { chmod, cp, mkdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import dockerignore from '@balena/dockerignore';
import { type Copy, DockerfileParser, type From, type Instruction, type JSONInstruction } from 'dockerfile-ast';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const DOCKERFILE = join(ROOT, 'docker/Dockerfile');
const run = promisify(execFile);

/** Container of the last stage. */
export interface Image {
  /** The folder that would be `/` but for what the base image has. */
  root: string;
  workdir: string;
  env: Record<string, string>;
  user: string;
  command: string[];
  healthCheck: string[];
  stopSignal: string;
  labels: string;
}

interface Stage extends Image {
  name: string;
}

/**
 * Replays the steps of docker/Dockerfile in `folder` without an engine: each stage is a folder,
 * programs are those of this machine. Supports only the instructions that our file uses.
 */
export async function replayImage(folder: string): Promise<Image> {
  const context = join(folder, 'context');
  await copyContext(context);
  const stages: Stage[] = [];
  let stage: Stage | undefined;
  for (const step of DockerfileParser.parse(await readFile(DOCKERFILE, 'utf8')).getInstructions()) {
    const keyword = step.getKeyword();
    if (keyword === 'FROM') {
      stage = await newStage(folder, stages, step as From);
      stages.push(stage);
    } else if (stage) {
      const carry = INSTRUCTIONS[keyword];
      if (!carry) throw new Error(`no replay of ${keyword}`);
      await carry(stage, step, { context, stages });
    }
  }
  if (!stage) throw new Error('no FROM in the Dockerfile');
  return stage;
}

/**
 * Copies the build context: the files of the work tree that neither git nor .dockerignore ignores.
 */
async function copyContext(to: string): Promise<void> {
  const { stdout } = await run('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { cwd: ROOT });
  const ignore = dockerignore.default().add(await readFile(join(ROOT, '.dockerignore'), 'utf8'));
  for (const file of ignore.filter(stdout.trimEnd().split('\n'))) {
    await cp(join(ROOT, file), join(to, file));
  }
}

async function newStage(folder: string, stages: readonly Stage[], step: From): Promise<Stage> {
  const parent = stages.find(({ name }) => name === step.getImage());
  const name = step.getBuildStage() ?? String(stages.length);
  const root = join(folder, name);
  await mkdir(root);
  if (parent) await cp(parent.root, root, { recursive: true, verbatimSymlinks: true });
  const bare = { workdir: '/', env: {}, user: '', command: [], healthCheck: [], stopSignal: '', labels: '' };
  return { ...bare, ...parent, name, root };
}

interface Build {
  context: string;
  stages: readonly Stage[];
}

type Carry = (stage: Stage, step: Instruction, build: Build) => void | Promise<void>;

const textOf = (step: Instruction): string => step.getArgumentsContent() ?? '';

/** Effect of each instruction on its stage. */
const INSTRUCTIONS: Readonly<Record<string, Carry>> = {
  ARG: () => undefined,
  EXPOSE: () => undefined,
  WORKDIR: async (stage, step) => {
    stage.workdir = textOf(step);
    await mkdir(join(stage.root, stage.workdir), { recursive: true });
  },
  COPY: (stage, step, build) => copy(stage, step as Copy, build),
  RUN: (stage, step) => runIn(stage, textOf(step)),
  ENV: (stage, step) => {
    const [name = '', ...value] = textOf(step).split('=');
    stage.env = { ...stage.env, [name]: value.join('=') };
  },
  LABEL: (stage, step) => void (stage.labels = textOf(step)),
  USER: (stage, step) => void (stage.user = textOf(step)),
  STOPSIGNAL: (stage, step) => void (stage.stopSignal = textOf(step)),
  HEALTHCHECK: (stage, step) => {
    const text = textOf(step);
    stage.healthCheck = JSON.parse(text.slice(text.indexOf('['))) as string[];
  },
  CMD: (stage, step) => {
    stage.command = (step as JSONInstruction).getJSONStrings().map((word) => word.getJSONValue());
  },
};

async function copy(stage: Stage, step: Copy, { context, stages }: Build): Promise<void> {
  const words = step.getArguments().map(String);
  const target = words.pop() ?? '';
  const flags = new Map(step.getFlags().map((flag) => [flag.getName(), flag.getValue() ?? '']));
  const from = flags.get('from');
  const source = from === undefined ? context : stages.find(({ name }) => name === from)?.root;
  if (source === undefined) throw new Error(`COPY from an unknown stage: ${from}`);
  for (const word of words) {
    const path = join(source, word);
    const place = join(stage.root, resolve(stage.workdir, target));
    const isFolder = (await stat(path)).isDirectory();
    const file = !isFolder && target.endsWith('/') ? join(place, basename(word)) : place;
    await mkdir(dirname(file), { recursive: true });
    await cp(path, file, { recursive: true, verbatimSymlinks: true });
    const mode = flags.get('chmod');
    if (mode !== undefined) await chmod(file, Number.parseInt(mode, 8));
  }
}

async function runIn(stage: Stage, command: string): Promise<void> {
  const { PATH, HOME } = process.env;
  const env = { PATH, HOME, npm_config_prefer_offline: 'true', ...stage.env };
  try {
    await run('sh', ['-c', command], { cwd: join(stage.root, stage.workdir), env });
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new Error(`failed: ${command}\n${stdout}${stderr}`, { cause: error });
  }
}
