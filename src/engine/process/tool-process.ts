import { type ChildProcess, spawn } from 'node:child_process';
import { basename } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { ToolError } from './tool-error';

/** A program to run. */
export interface ToolCommand {
  /** Absolute path. */
  readonly command: string;
  /** Readable by every local user: no secrets, ever. */
  readonly args: readonly string[];
  /** A program, with its arguments, that prepares something and becomes this one (`exec`). */
  readonly wrapper?: readonly [program: string, ...args: string[]];
  /** The whole environment but for PATH and LC_ALL; nothing is inherited. */
  readonly env?: Readonly<Record<string, string>>;
  /** Ends the program: SIGTERM, then SIGKILL after a grace period. */
  readonly signal?: AbortSignal | undefined;
  /**
   * The program may start others of its own: all of them end when it is stopped, and none outlives it. For programs that are
   * not PostgreSQL's.
   */
  readonly hasChildren?: boolean;
  /** Told of what it says on stderr, as it says it: warnings of a program that does its work are warnings all the same. */
  readonly onStderr?: ((text: string) => void) | undefined;
  /** File descriptors of this process that the program gets as 3, 4, … */
  readonly descriptors?: readonly number[];
}

/** How long a program may take to end itself after SIGTERM. */
const GRACE_MS = 5_000;

/** How long what a program said last may take to arrive. */
const LAST_WORDS_MS = 500;

/** What is kept of stderr: enough for the last error and its context. */
const STDERR_TAIL_CHARACTERS = 4_000;

/** A running program whose end is always waited for. */
export class ToolProcess {
  /** What it has said last, and perhaps more. */
  private stderrEnd = '';
  private grace: NodeJS.Timeout | undefined;
  private readonly ended: Promise<void>;

  private constructor(
    private readonly tool: string,
    private readonly child: ChildProcess,
    private readonly signal: AbortSignal | undefined,
    private readonly hasChildren: boolean,
    onStderr: ((text: string) => void) | undefined,
  ) {
    child.stderr?.setEncoding('utf8');
    child.stderr?.on('data', (text: string) => {
      this.stderrEnd += text;
      // Not each time: a verbose program says a hundred thousand short lines, each of which would copy all that is kept.
      if (this.stderrEnd.length > 16 * STDERR_TAIL_CHARACTERS) this.stderrEnd = this.stderrTail;
      onStderr?.(text);
    });
    const stop = (): void => this.terminate();
    this.ended = new Promise<void>((resolve, reject) => {
      child.once('error', (cause) => {
        if (child.pid === undefined) reject(new ToolError(tool, null, null, '', { cause }));
      });
      if (hasChildren) child.once('exit', () => this.endChildren());
      child.once('close', (code, signalName) => {
        if (code === 0) resolve();
        else reject(new ToolError(tool, code, signalName, this.stderrTail));
      });
    }).finally(() => {
      clearTimeout(this.grace);
      signal?.removeEventListener('abort', stop);
    });
    // A caller that cares awaits `succeeded` or `stop`. Until then a rejection is not an accident.
    this.ended.catch(() => undefined);
    signal?.addEventListener('abort', stop, { once: true });
  }

  /** Starts a program. That it could not be started is told by {@link succeeded}. */
  static start(command: ToolCommand, pipes: { stdin: boolean; stdout: boolean }): ToolProcess {
    command.signal?.throwIfAborted();
    const own = [command.command, ...command.args] as const;
    const [program, ...args] = command.wrapper === undefined ? own : [...command.wrapper, ...own];
    const child = spawn(program, args, {
      env: { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C', ...command.env },
      stdio: [
        pipes.stdin ? 'pipe' : 'ignore',
        pipes.stdout ? 'pipe' : 'ignore',
        'pipe',
        ...(command.descriptors ?? []),
      ],
      // A group of its own, which can be ended as a whole.
      detached: command.hasChildren === true,
    });
    const { signal, hasChildren = false, onStderr } = command;
    return new ToolProcess(basename(command.command), child, signal, hasChildren, onStderr);
  }

  private get stderrTail(): string {
    return this.stderrEnd.slice(-STDERR_TAIL_CHARACTERS);
  }

  get stdin(): Writable {
    return piped(this.child.stdin);
  }

  get stdout(): Readable {
    return piped(this.child.stdout);
  }

  /**
   * Resolves when the program has ended with exit code 0.
   * @throws the signal's reason when it was aborted, else ToolError
   */
  async succeeded(): Promise<void> {
    try {
      await this.ended;
    } catch (error) {
      this.signal?.throwIfAborted();
      throw error;
    }
  }

  /** Ends the program if it still runs and waits until it has ended. Never throws. */
  async stop(): Promise<void> {
    this.terminate();
    this.child.stdin?.destroy();
    this.child.stdout?.destroy();
    await this.ended.catch(() => undefined);
  }

  /** Asks the program to end. */
  terminate(): void {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.kill('SIGTERM');
    this.grace ??= setTimeout(() => this.kill('SIGKILL'), GRACE_MS);
  }

  private kill(signalName: NodeJS.Signals): void {
    const { pid } = this.child;
    if (!this.hasChildren || pid === undefined) {
      this.child.kill(signalName);
      return;
    }
    try {
      process.kill(-pid, signalName);
    } catch {
      // The group is gone.
    }
  }

  /** What has left the group and still holds our pipe is not waited for: only what it says is lost. */
  private endChildren(): void {
    this.kill('SIGKILL');
    setTimeout(() => this.child.stderr?.destroy(), LAST_WORDS_MS).unref();
  }
}

function piped<T>(stream: T | null): T {
  if (stream === null) throw new Error('the program was started without this pipe');
  return stream;
}
