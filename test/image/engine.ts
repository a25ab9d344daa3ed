import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { endAll, run, start, type Started } from './programs';

/** How the image says that it is started. */
export interface ImageConfig {
  readonly user: string;
  readonly command: readonly string[];
  readonly healthCheck: readonly string[];
}

/** Buildah, with everything that it keeps in one directory. It needs no daemon, no registry and no namespaces. */
export class Engine {
  private readonly options: readonly string[];

  private constructor(private readonly directory: string) {
    const [root, runRoot] = [join(directory, 'root'), join(directory, 'run')];
    this.options = ['--root', root, '--runroot', runRoot, '--storage-driver', 'vfs'];
    // Temporary files of a build are as large as the image.
    process.env['TMPDIR'] = join(directory, 'tmp');
    process.env['BUILDAH_ISOLATION'] = 'chroot';
  }

  static async open(directory: string): Promise<Engine> {
    await mkdir(join(directory, 'tmp'), { recursive: true });
    return new Engine(directory);
  }

  /** Makes an image of the root file system in a tar file; what is built on it finds `environment`. */
  async importBase(tar: string, name: string, environment: Readonly<Record<string, string>>): Promise<void> {
    const container = (await this.do('from', 'scratch')).trim();
    await this.do('add', '--quiet', container, tar, '/');
    await this.do('config', ...variables(environment), container);
    await this.do('commit', '--quiet', '--rm', container, name);
  }

  /** Builds the Dockerfile in `context`. Nothing is pulled; the format is Docker's, because OCI's has no health check. */
  build(context: string, name: string, args: readonly string[] = []): Promise<string> {
    const given = args.flatMap((arg) => ['--build-arg', arg]);
    return this.do('build', '--pull-never', '--format', 'docker', '--layers=false', ...given, '--tag', name, context);
  }

  async config(image: string): Promise<ImageConfig> {
    const { Docker } = JSON.parse(await this.do('inspect', '--type', 'image', image)) as {
      Docker: { config: { User: string; Cmd: string[]; Healthcheck: { Test: string[] } } };
    };
    const { User, Cmd, Healthcheck } = Docker.config;
    // The first word says that the others are a command, and not one for a shell.
    if (Healthcheck.Test[0] !== 'CMD') throw new Error(`a health check of another kind: ${Healthcheck.Test.join(' ')}`);
    return { user: User, command: Cmd, healthCheck: Healthcheck.Test.slice(1) };
  }

  /** Makes a container of the image, in which commands can run. */
  async create(image: string, environment: Readonly<Record<string, string>>): Promise<string> {
    const container = (await this.do('from', '--pull-never', image)).trim();
    await this.do('config', ...variables(environment), container);
    return container;
  }

  /**
   * Starts a command in the container, as the image's user.
   *
   * @param volumes as buildah has them: directory here, a colon, directory there, options
   */
  run(container: string, command: readonly string[], volumes: readonly string[]): Started {
    const mounts = volumes.flatMap((volume) => ['--volume', volume]);
    return start('buildah', [...this.options, 'run', '--isolation', 'chroot', ...mounts, container, '--', ...command]);
  }

  /** Runs buildah itself. */
  do(...args: readonly string[]): Promise<string> {
    return run('buildah', ...this.options, ...args);
  }

  /** Everything is gone afterwards. */
  async remove(): Promise<void> {
    await endAll();
    await this.do('rm', '--all').catch(() => undefined);
    // What a program has left mounted must not be emptied with the directory: it is the machine's.
    await run('sh', '-c', `cut -d' ' -f2 /proc/mounts | grep '^${this.directory}/' | sort -r | xargs -r umount -l`);
    await rm(this.directory, { recursive: true, force: true });
  }
}

function variables(environment: Readonly<Record<string, string>>): string[] {
  return Object.entries(environment).flatMap(([name, value]) => ['--env', `${name}=${value}`]);
}
