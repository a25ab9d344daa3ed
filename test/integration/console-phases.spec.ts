import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

const ROOT = join(__dirname, '../..');
/** A phase where the service tells of progress, and the types that name several. */
const TOLD = /(?:report|onProgress|progress:) ?\(?\{ phase: '(?<phase>[a-z-]+)'/g;
const NAMED = /readonly phase: (?<phases>'(?:snapshot|pre-data|count)'[^;]*);/g;

/** Each phase of backups and restores that the service names in its code. */
async function toldPhases(): Promise<ReadonlySet<string>> {
  const names = await readdir(join(ROOT, 'src'), { recursive: true });
  const phases = new Set<string>();
  for (const name of names.filter((one) => one.endsWith('.ts') && !one.endsWith('.spec.ts'))) {
    const source = await readFile(join(ROOT, 'src', name), 'utf8');
    for (const { groups } of source.matchAll(TOLD)) phases.add(groups?.['phase'] ?? '');
    for (const { groups } of source.matchAll(NAMED))
      for (const [, phase] of (groups?.['phases'] ?? '').matchAll(/'([a-z-]+)'/g)) phases.add(phase ?? '');
  }
  return phases;
}

it.each(['en', 'ru'])('the console has words for each phase that the service tells of (%s)', async (language) => {
  const catalogue = await readFile(join(ROOT, 'console/src/texts', language, 'backups.ts'), 'utf8');
  const { block = '' } = /\n {2}phases: \{(?<block>[^}]*)\}/.exec(catalogue)?.groups ?? {};
  const worded = new Set(Array.from(block.matchAll(/^ *'?([a-z-]+)'?: /gm), ([, phase]) => phase));
  const phases = await toldPhases();
  expect(phases.size).toBeGreaterThan(10);
  expect([...phases].filter((phase) => !worded.has(phase))).toEqual([]);
});
