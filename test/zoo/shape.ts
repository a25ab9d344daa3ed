import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

const SHAPES = join(__dirname, 'shapes');

/** A refusal that is right, with the reason in words. */
interface Expectation {
  readonly ways: readonly string[];
  /** All versions, or those from the first to the last. */
  readonly versions: Range;
  readonly code: string;
  readonly reason: string;
}

/** First and last major version. */
export type Range = readonly [first: number, last: number];

/** A database worth trying: how it is made, and what is right where that is not "comes back identical". */
export interface Shape {
  readonly name: string;
  /** For psql. */
  readonly sql: string;
  /** Run in the target after its damage, before it is restored. */
  readonly targetSql: string | undefined;
  /** Clauses of CREATE DATABASE. */
  readonly database: string;
  readonly versions: Range;
  readonly extensions: readonly string[];
  /** `name=value` that the server must know, such as a locale of the operating system. */
  readonly settings: readonly string[];
  /** Tables of `public` that are restored by themselves; none: no scoped restore. */
  readonly scope: readonly string[];
  readonly isDemo: boolean;
  /** Versions on which it is part of the fast cut. */
  readonly cutVersions: readonly number[];
  readonly expectations: readonly Expectation[];
}

/** All shapes of test/zoo/shapes, by name. */
export async function readShapes(): Promise<Shape[]> {
  const names = (await readdir(SHAPES)).sort();
  return Promise.all(names.map(readShape));
}

async function readShape(name: string): Promise<Shape> {
  const text = await readFile(join(SHAPES, name, 'shape.sql'), 'utf8');
  const target = join(SHAPES, name, 'target.sql');
  const expect = join(SHAPES, name, 'expect');
  const value = (key: string): string | undefined => new RegExp(`^-- ${key}: *(.*)$`, 'm').exec(text)?.[1]?.trim();
  const words = (key: string): string[] => value(key)?.split(/[\s,]+/) ?? [];
  return {
    name,
    sql: text,
    targetSql: existsSync(target) ? await readFile(target, 'utf8') : undefined,
    database: value('database') ?? '',
    versions: range(value('versions') ?? '', name),
    extensions: words('needs extension'),
    settings: words('needs setting'),
    scope: words('scope'),
    isDemo: value('made by') === 'the demo',
    cutVersions: words('in the cut').map(Number),
    expectations: existsSync(expect) ? readExpectations(await readFile(expect, 'utf8'), name) : [],
  };
}

// One a line: `<way>[,<way>…] [<first>-<last>] <code> <reason>`. Lines that begin with # are comments.
function readExpectations(text: string, name: string): Expectation[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'));
  return lines.map((line) => {
    const match = /^(\S+) (?:(\d*-\d*) )?([a-z_]+(?:\.[a-z_]+)+|exit_\d+) (.+)$/.exec(line);
    const [, ways, versions, code, reason] = match ?? [];
    if (ways === undefined || code === undefined || reason === undefined) throw new Error(`${name}/expect: ${line}`);
    return { ways: ways.split(','), versions: range(versions ?? '', name), code, reason };
  });
}

function range(text: string, name: string): Range {
  const match = /^(?:(\d*)-(\d*))?$/.exec(text);
  if (match === null) throw new Error(`${name}: "${text}" is not a range of versions`);
  return [Number(match[1] ?? 0), Number(match[2] === undefined || match[2] === '' ? 99 : match[2])];
}

/** Whether a version is in a range. */
export function isIn([first, last]: Range, version: number): boolean {
  return version >= first && version <= last;
}
