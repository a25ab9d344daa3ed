import type { ArchiveEntry } from './archive-toc';

/** What of a schema calls a function while rows are loaded or indexes are built. */
export interface LoadedCode {
  /** For people: `table public.docs`. */
  readonly name: string;
  readonly functions: readonly { readonly name: string; readonly owner: string }[];
}

/** Through these a definition calls a function without naming it. */
const LEADS_ON: ReadonlySet<string> = new Set(['OPERATOR', 'OPERATOR CLASS', 'OPERATOR FAMILY', 'AGGREGATE', 'TYPE']);
const ALWAYS_RUNS: ReadonlySet<string> = new Set(['CHECK CONSTRAINT', 'INDEX', 'CONSTRAINT', 'STATISTICS']);
/** In a table or a domain that says none of these only defaults call functions, and a load gives every value. */
const RUNS = / CHECK \(| GENERATED ALWAYS AS \(|^PARTITION BY /m;

type Kept = Pick<ArchiveEntry, 'type' | 'schema' | 'name' | 'owner' | 'dependencies'>;

/** Finds code that loading would run, while a table of contents goes by. */
export class LoadedCodeFinder {
  private readonly functions = new Map<number, Kept>();
  private readonly leading = new Map<number, Kept>();
  private readonly candidates: { readonly entry: Kept; readonly defaults: ReadonlySet<string> }[] = [];

  add({ id, type, schema, name, owner, dependencies, sql }: ArchiveEntry): void {
    const entry = { type, schema, name, owner, dependencies };
    if (type === 'FUNCTION') this.functions.set(id, entry);
    else if (LEADS_ON.has(type)) this.leading.set(id, entry);
    else if (dependencies.length === 0) return;
    else if (ALWAYS_RUNS.has(type)) this.candidates.push({ entry, defaults: new Set() });
    else if ((type === 'TABLE' || type === 'DOMAIN') && RUNS.test(sql)) {
      this.candidates.push({ entry, defaults: onlyInDefaults(sql) });
    }
  }

  found(): LoadedCode[] {
    return this.candidates.flatMap(({ entry, defaults }) => {
      const functions = this.calledBy(entry).filter(({ name }) => !defaults.has(`${bare(name)}(`));
      if (functions.length === 0) return [];
      return [
        {
          name: `${entry.type.toLowerCase()} ${entry.schema}.${entry.name}`,
          functions: functions.map(({ schema, name, owner }) => ({ name: `${schema}.${name}`, owner })),
        },
      ];
    });
  }

  private calledBy(entry: Kept): Kept[] {
    const seen = new Set<number>();
    const waiting = [...entry.dependencies];
    const called: Kept[] = [];
    for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
      if (seen.has(id)) continue;
      seen.add(id);
      const found = this.functions.get(id);
      if (found !== undefined) called.push(found);
      waiting.push(...(this.leading.get(id)?.dependencies ?? []));
    }
    return called;
  }
}

function bare(signature: string): string {
  return signature.slice(0, Math.max(signature.indexOf('('), 0));
}

/** Functions that a definition calls in its defaults and nowhere else, as they are written: a wrong guess must only list too much. */
function onlyInDefaults(sql: string): ReadonlySet<string> {
  const lines = sql.split('\n');
  // A string or a name with a newline in it could look like a default.
  if (lines.some((line) => !isBalanced(line))) return new Set();
  const isDefault = (line: string, i: number): boolean =>
    line.includes(' DEFAULT ') && !RUNS.test(line) && /[,(]$/.test(lines[i - 1] ?? '');
  const calls = new Set(lines.filter(isDefault).flatMap((line) => line.match(/[^\s.(]+\(/g) ?? []));
  const others = lines.filter((line, i) => !isDefault(line, i));
  return new Set([...calls].filter((call) => !others.some((line) => line.includes(call))));
}

function isBalanced(line: string): boolean {
  return line.split("'").length % 2 === 1 && line.split('"').length % 2 === 1;
}
