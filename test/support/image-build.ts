import { execFile } from 'node:child_process';
import { cp, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const BUILDAH = process.env['BUILDAH_BIN'] ?? 'buildah';
const BASE = 'localhost/base';
const IMAGE = 'localhost/postrider';
/** Programs other than npm that the steps of the Dockerfile run. */
const PROGRAMS = ['sh', 'rm', 'env'];
const run = promisify(execFile);

/** Settings of the Dockerfile for containers of the image. */
interface ImageConfig {
  readonly User: string;
  readonly Env: readonly string[];
  readonly Cmd: readonly string[];
  readonly WorkingDir: string;
  readonly StopSignal: string;
  readonly Labels: Readonly<Record<string, string>>;
  readonly Healthcheck: { readonly Test: readonly string[] };
}

/**
 * Image built from docker/Dockerfile by Buildah, which needs root but no engine. No image registry
 * is used: the base is made from this machine's Node.
 */
export class ImageBuild {
  private constructor(
    readonly config: ImageConfig,
    /** Folder of its files. */
    readonly root: string,
    private readonly buildah: Buildah,
  ) {}

  /** @param folder an empty folder for all files of the build */
  static async make(folder: string): Promise<ImageBuild> {
    const buildah = new Buildah(folder);
    const base = join(folder, 'base');
    await makeBase(base);
    const scratch = await buildah.run('from', 'scratch');
    await cp(base, await buildah.run('mount', scratch), { recursive: true, verbatimSymlinks: true });
    await buildah.run('commit', '--quiet', scratch, BASE);
    const how = ['--isolation', 'chroot', '--network', 'host', '--format', 'docker', '--from', BASE];
    how.push('--ulimit', await openFiles(), '--volume', `${join(homedir(), '.npm')}:/var/cache/npm`);
    await buildah.run('build', ...how, '--file', join(ROOT, 'docker/Dockerfile'), '--tag', IMAGE, ROOT);
    const inspected = JSON.parse(await buildah.run('inspect', '--type', 'image', IMAGE)) as {
      Docker: { config: ImageConfig };
    };
    const root = await buildah.run('mount', await buildah.run('from', IMAGE));
    return new ImageBuild(inspected.Docker.config, root, buildah);
  }

  get env(): Record<string, string> {
    return Object.fromEntries(this.config.Env.map((text) => text.split(/=(.*)/s, 2)));
  }

  /**
   * Returns a command that runs inside a container, on read-only files, as the user of the image.
   */
  contained(command: readonly string[]): [string, ...string[]] {
    const mounts =
      'mount --bind "$0" "$0" && mount --rbind /proc "$0/proc" && mount --rbind /dev "$0/dev" && ' +
      'mount -o remount,bind,ro "$0" && ! touch "$0/x" 2>/dev/null && ' +
      'cd "$1" && shift && exec "$@"';
    const { User: user, WorkingDir: folder } = this.config;
    const enter = ['chroot', `--userspec=${user}`, '--groups=', this.root, 'env', '-C', folder];
    return [
      'unshare',
      '--mount',
      'sh',
      '-c',
      mounts,
      this.root,
      '/',
      'setpriv',
      '--no-new-privs',
      ...enter,
      ...command,
    ];
  }

  /** Releases its files, so that the folder can be removed. */
  async close(): Promise<void> {
    await this.buildah.run('umount', '--all');
  }
}

class Buildah {
  constructor(private readonly folder: string) {}

  /** @returns its output, trimmed */
  async run(command: string, ...args: string[]): Promise<string> {
    const storage = ['--root', join(this.folder, 'store'), '--runroot', join(this.folder, 'run')];
    const { stdout } = await run(BUILDAH, ['--storage-driver', 'vfs', ...storage, command, ...args], {
      maxBuffer: 2 ** 26,
      env: { ...process.env, TMPDIR: this.folder },
    });
    return stdout.trim();
  }
}

/** Returns this process's limit of open files, because Buildah's own limit is too low for npm. */
async function openFiles(): Promise<string> {
  const most = (await run('sh', ['-c', 'ulimit -Hn'])).stdout.trim();
  return `nofile=${most}:${most}`;
}

/** Makes a file system with Node, npm and the files of this machine that they need. */
async function makeBase(base: string): Promise<void> {
  const bin = join(base, 'bin');
  await mkdir(bin, { recursive: true });
  for (const folder of ['usr', 'etc', 'root', 'tmp', 'proc', 'dev']) await mkdir(join(base, folder));
  await symlink('../bin', join(base, 'usr/bin'));
  await copyProgram(process.execPath, base, 'node');
  for (const name of PROGRAMS) await copyProgram((await run('which', [name])).stdout.trim(), base, name);
  const packages = (await run('npm', ['root', '--global'])).stdout.trim();
  await cp(join(packages, 'npm'), join(base, 'lib/node_modules/npm'), { recursive: true });
  await symlink('../lib/node_modules/npm/bin/npm-cli.js', join(bin, 'npm'));
  await configureNpm(base);
}

/** Copies a program and its libraries to their paths. */
async function copyProgram(path: string, base: string, name: string): Promise<void> {
  await cp(path, join(base, 'bin', name), { dereference: true });
  const { stdout } = await run('ldd', [path]);
  const libraries: string[] = stdout.match(/\/\S+/g) ?? [];
  const folders = new Set(libraries.filter((library) => /\/libc\.so/.test(library)).map((path) => dirname(path)));
  for (const folder of folders) {
    // Native packages need more of libc than Node itself.
    const names = (await readdir(folder)).filter((file) => /^lib(rt|dl|m|pthread|resolv|nss_\w+)\.so/.test(file));
    libraries.push(...names.map((file) => join(folder, file)));
  }
  for (const library of libraries) {
    await mkdir(join(base, dirname(library)), { recursive: true });
    await cp(library, join(base, library), { dereference: true });
  }
}

/** Configures npm with this machine's settings, such as its certificates, and its cache. */
async function configureNpm(base: string): Promise<void> {
  const get = async (key: string): Promise<string> => (await run('npm', ['config', 'get', key])).stdout.trim();
  const files = await Promise.all(['globalconfig', 'userconfig'].map(get));
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8').catch(() => '')));
  await writeFile(join(base, 'etc/npmrc'), [...texts, 'cache=/var/cache/npm', 'prefer-offline=true', ''].join('\n'));
  const authorities = await get('cafile');
  if (authorities !== 'null') await cp(authorities, join(base, authorities), { dereference: true });
}
