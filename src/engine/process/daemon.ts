import { spawn } from 'node:child_process';
import { Socket } from 'node:net';

/**
 * A daemon is a child that lives as long as this process wants it to, and never longer than this process itself. A small
 * shell, the guard, is the parent of the real program and holds the reading end of a pipe. The pipe closes when `stop`
 * is called and also when this process dies, SIGKILL included, because the kernel closes it then.
 */
export interface DaemonOptions {
  /** Absolute path of the program. */
  readonly command: string;
  /** Visible to every local user: no secrets. */
  readonly args: readonly string[];
  /** The whole environment of the program but for PATH and LC_ALL; nothing is inherited. */
  readonly env?: Readonly<Record<string, string>>;
  readonly workingDirectory: string;
  /** Takes stdout and stderr; appended to, made by the child's user. */
  readonly logPath: string;
  /** Sent when the pipe closes: the program's own way to a tidy end. */
  readonly stopSignal: 'TERM' | 'INT' | 'QUIT';
  /** Whom to run it as; only root may say so. */
  readonly user?: { readonly uid: number; readonly gid: number } | undefined;
  /** Removed by the guard with everything in it once the program has ended. */
  readonly removeAfterwards?: string;
}

/** A running daemon. */
export interface Daemon {
  /** Exit status of the program (128 + n when signal n ended it); never rejects once the program was started. */
  readonly exited: Promise<number>;
  /** From now on this process may come to its natural end while the daemon runs, and takes it along. */
  unref(): void;
  /** Asks the program to end and waits until it has; safe to call more than once. */
  stop(): Promise<void>;
}

// Asynchronous commands of a shell without job control read /dev/null, hence descriptor 3. The shell leaves its signals
// alone (the guard is in a session of its own, so a terminal's Ctrl-C reaches neither it nor the program).
const GUARD = `
signal=$1 log=$2 remove=$3
shift 3
umask 077
exec 3<&0 0</dev/null >>"$log" 2>&1
"$@" 3<&- &
program=$!
{ read -r _ <&3; kill -s "$signal" "$program"; } 2>/dev/null &
reader=$!
wait "$program"
status=$?
kill "$reader" 2>/dev/null
if [ -n "$remove" ]; then rm -rf -- "$remove"; fi
exit "$status"
`;

/**
 * Starts a program under a guard. Resolves when the guard runs; whether the program came up is for the caller to find
 * out, by its own protocol and by watching `exited`.
 *
 * @throws the system's error when no shell could be started as that user in that directory
 */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const { command, args, env, workingDirectory, logPath, stopSignal, user, removeAfterwards } = options;
  const guard = spawn(
    '/bin/sh',
    ['-c', GUARD, 'guard', stopSignal, logPath, removeAfterwards ?? '', command, ...args],
    {
      cwd: workingDirectory,
      env: { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C', ...env },
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
      uid: user?.uid,
      gid: user?.gid,
    },
  );
  const lifeline = guard.stdin;
  // Writing is never tried, yet a closing pipe may report EPIPE; the guard's exit says all there is to say.
  lifeline.on('error', () => undefined);
  const exited = new Promise<number>((resolve) => {
    guard.once('exit', (code, signal) => {
      resolve(code ?? (signal === null ? 1 : 128));
    });
  });
  await new Promise<void>((resolve, reject) => {
    guard.once('spawn', resolve);
    guard.once('error', reject);
  });
  return {
    exited,
    unref() {
      guard.unref();
      if (lifeline instanceof Socket) lifeline.unref();
    },
    async stop() {
      guard.ref();
      lifeline.end();
      await exited;
    },
  };
}
