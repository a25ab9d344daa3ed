import { median } from './statistics';

/** Seconds of each contender in each round, in the order of the rounds. */
export type Times = Record<string, number[]>;

/** What was measured that is not a contender's time. */
export type Facts = Record<string, number>;

/** A promise about two contenders, or about a fact. */
type Target = { readonly what: string; readonly atMost: number } & (
  { readonly ours: string; readonly theirs: string } | { readonly fact: string }
);

const TARGETS: readonly Target[] = [
  {
    what: 'backup, POST to `success`, against `pg_dump -Fc -Z0 | zstd -1 -T0 | age`',
    ours: 'backup',
    theirs: 'backup: pipeline',
    atMost: 0.9,
  },
  { what: 'the same against the way of version 1', ours: 'backup', theirs: 'backup: version 1', atMost: 0.45 },
  {
    what: 'restore, POST to `success`, against `age -d | zstd -d | pg_restore`',
    ours: 'restore',
    theirs: 'restore: pipeline',
    atMost: 0.7,
  },
  {
    what: 'the same against `pg_restore -j2` from a plain file',
    ours: 'restore',
    theirs: 'restore: pg_restore -j2',
    atMost: 1.05,
  },
  {
    what: 'maintenance of an online restore, s, the longest',
    fact: 'longest maintenance of an online restore, s',
    atMost: 3,
  },
  { what: 'verification against `age -d | zstd -t`', ours: 'verify', theirs: 'verify: pipeline', atMost: 1.1 },
  { what: 'download against a bare file server', ours: 'download', theirs: 'download: bare', atMost: 1.1 },
  { what: 'import against a bare write with fsync', ours: 'import', theirs: 'import: bare', atMost: 2 },
  {
    what: 'upload to S3 against `@aws-sdk/lib-storage`',
    ours: 'upload to S3',
    theirs: 'upload to S3: lib-storage',
    atMost: 1.05,
  },
  {
    what: 'backup straight to S3 against a directory',
    ours: 'backup to S3',
    theirs: 'backup to a directory',
    atMost: 1.15,
  },
  {
    what: 'rehearsal from S3 against a directory',
    ours: 'rehearsal from S3',
    theirs: 'rehearsal from a directory',
    atMost: 1.2,
  },
  {
    what: 'comparison of 5 million equal rows against counting both sides',
    ours: 'comparison: plain columns',
    theirs: 'count of both sides: plain columns',
    atMost: 3,
  },
  {
    what: 'the same with a `jsonb`',
    ours: 'comparison: a jsonb, too',
    theirs: 'count of both sides: a jsonb, too',
    atMost: 3,
  },
  { what: 'peak memory of a copy above idle, MB', fact: 'copy: peak memory above idle, MB', atMost: 60 },
  { what: 'peak memory, largest size against smallest', fact: 'memory ratio of the sizes', atMost: 1.1 },
  { what: 'peak memory, MB', fact: 'most memory, MB', atMost: 200 },
  { what: 'p99 of the list while a backup runs, against idle', fact: 'list: p99 ratio', atMost: 5 },
  { what: 'processor of a status of a restore, ms', fact: 'request: status of a restore, ms', atMost: 1 },
  { what: 'processor of a list, ms', fact: 'request: list, ms', atMost: 1 },
  { what: 'processor of GET /api/auth/me, ms', fact: 'request: who am I, ms', atMost: 1 },
  { what: 'newest 100 of 100,000 backups against of 1,000', fact: 'list: ratio of the newest 100', atMost: 1.5 },
  { what: 'time of a backup a GB, largest size against smallest', fact: 'time ratio of the sizes', atMost: 1.1 },
];

/** A target and what became of it; only of those that were measured. */
export interface Verdict {
  readonly what: string;
  readonly value: number;
  readonly atMost: number;
}

/** @throws Error when a contender has no finite time: then the bench itself is broken */
export function verdicts(times: Times, facts: Facts): Verdict[] {
  return TARGETS.flatMap((target) => {
    const value = valueOf(target, times, facts);
    if (value === undefined) return [];
    if (!Number.isFinite(value)) throw new Error(`nothing was measured for: ${target.what}`);
    return [{ what: target.what, value, atMost: target.atMost }];
  });
}

function valueOf(target: Target, times: Times, facts: Facts): number | undefined {
  if ('fact' in target) return facts[target.fact];
  const { ours, theirs } = target;
  return times[ours] === undefined || times[theirs] === undefined ? undefined : ratio(times, ours, theirs);
}

/** Ratios are made pair by pair, round by round, so that a slow minute of the machine counts for both. */
function ratio(times: Times, ours: string, theirs: string): number {
  const pairs = (times[ours] ?? []).map((value, i) => value / (times[theirs]?.[i] ?? NaN));
  return median(pairs);
}

export function asTable(times: Times, facts: Facts): string {
  const lines = ['| contender | median, s | rounds |', '| --- | ---: | --- |'];
  for (const [name, values] of Object.entries(times)) {
    lines.push(`| ${name} | ${median(values).toFixed(2)} | ${values.map((value) => value.toFixed(2)).join(' ')} |`);
  }
  lines.push('', '| fact | |', '| --- | ---: |');
  for (const [name, value] of Object.entries(facts)) lines.push(`| ${name} | ${value.toFixed(2)} |`);
  lines.push('', '| what | value | at most |', '| --- | ---: | ---: |');
  for (const { what, value, atMost } of verdicts(times, facts)) {
    lines.push(`| ${what} | ${value.toFixed(2)}${value <= atMost ? '' : ' **missed**'} | ${atMost.toFixed(2)} |`);
  }
  return lines.join('\n');
}
