import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { signToken } from '../../src/cli/tokens/sign-token';
import { JsonClient } from './json-client';
import { runService, type ServiceProcess } from './run-service';
import { TEST_ENVIRONMENT, TEST_SECRET } from './test-environment';

/** A service as a process of its own, in a working directory of its own, that is killed and started again. */
export class Replica {
  private running: ServiceProcess | undefined;
  /** Of the process that runs. */
  client: JsonClient | undefined;

  private constructor(
    private readonly directory: string,
    private readonly environment: Readonly<Record<string, string>>,
    private readonly token: string,
  ) {}

  static async make(environment: Readonly<Record<string, string>>): Promise<Replica> {
    const token = await signToken(
      { name: 'root', roles: ['superadmin'], ttlSeconds: 36_000 },
      { secret: new TextEncoder().encode(TEST_SECRET) },
      new Date(),
    );
    return new Replica(await mkdtemp(join(tmpdir(), 'berkut-replica-')), environment, token);
  }

  /** @param environment in place of its own */
  async start(environment = this.environment): Promise<JsonClient> {
    this.running = runService(
      {
        ...TEST_ENVIRONMENT,
        LOG_LEVEL: 'silent',
        ...environment,
      },
      this.directory,
    );
    const [, url = ''] = await this.running.printed(/API +(http:\S+)\/api\n/);
    this.client = new JsonClient(url, this.token);
    return this.client;
  }

  get pid(): number | undefined {
    return this.running?.child.pid;
  }

  freeze(): void {
    this.running?.child.kill('SIGSTOP');
  }

  kill(): Promise<void> {
    return this.stop('SIGKILL');
  }

  /** As an operator stops it. */
  end(): Promise<void> {
    return this.stop('SIGTERM');
  }

  output(): { stdout: string; stderr: string } {
    return this.running?.output() ?? { stdout: '', stderr: '' };
  }

  async remove(): Promise<void> {
    await this.kill();
    await rm(this.directory, { recursive: true, force: true });
  }

  private async stop(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    this.client = undefined;
    this.running?.child.kill(signal);
    await this.running?.ended;
    this.running = undefined;
  }
}
