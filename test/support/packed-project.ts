import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const run = promisify(execFile);

interface Locked {
  link?: boolean;
  peer?: boolean;
  dev?: boolean;
  version?: string;
}

/** Folder outside of the checkout, with the packed packages installed for projects in it. */
export class PackedProject {
  private constructor(
    readonly folder: string,
    /** Paths of the packed packages: client, server SDK, server. */
    readonly archives: readonly string[],
  ) {}

  /**
   * Packs the build, and installs it with further packages in the versions of the repository's lock
   * file.
   */
  static async create(...further: readonly string[]): Promise<PackedProject> {
    const folder = await mkdtemp(join(tmpdir(), 'postrider-project-'));
    const packed = ['--include-workspace-root', '--workspace', 'clients/js', '--workspace', 'clients/node-server'];
    await run('npm', ['pack', '--ignore-scripts', ...packed, '--pack-destination', folder], { cwd: ROOT });
    const archives = (await readdir(folder)).filter((name) => name.endsWith('.tgz')).map((name) => join(folder, name));
    await writeFile(join(folder, 'package.json'), '{ "private": true }');
    await writeFile(join(folder, 'package-lock.json'), JSON.stringify(await lock()));
    const options = ['--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund'];
    await run('npm', ['install', ...options, ...archives, ...further], { cwd: folder, maxBuffer: 1 << 26 });
    return new PackedProject(folder, archives);
  }

  /** Writes files below the folder, by path. */
  async write(files: Readonly<Record<string, string | object>>): Promise<void> {
    for (const [path, content] of Object.entries(files)) {
      const file = join(this.folder, path);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
    }
  }

  /**
   * Runs a tool of this repository in a folder of the project.
   * @returns its output.
   * @throws Error with its output if the tool fails.
   */
  async tool(path: string, args: readonly string[], within = '.'): Promise<string> {
    const command = [join(ROOT, 'node_modules', path), ...args];
    try {
      const { stdout, stderr } = await run(process.execPath, command, { cwd: join(this.folder, within) });
      return stdout + stderr;
    } catch (error) {
      const { stdout, stderr } = error as { stdout: string; stderr: string };
      throw new Error(`${path} ${args.join(' ')} failed:\n${stdout}${stderr}`, { cause: error });
    }
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}

/**
 * Creates a lock file with the repository's versions; npm ignores packages that the project does
 * not need.
 */
async function lock(): Promise<object> {
  const { packages } = JSON.parse(await readFile(join(ROOT, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, Locked>;
  };
  const installed = Object.entries(packages)
    .filter(([path, { link }]) => path.startsWith('node_modules/') && !link)
    .map(([path, entry]) => [path, { ...entry, peer: undefined, dev: undefined }]);
  return { lockfileVersion: 3, requires: true, packages: { '': {}, ...Object.fromEntries(installed) } };
}
