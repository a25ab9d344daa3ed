import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import type { Result } from './report';
import { type Outcome, WAYS } from './ways';

const ROOT = join(__dirname, '../..');
/** What earlier runs have found, so that a page can be made of several runs. */
const KEPT = join(ROOT, '.berkut/zoo-results.json');
const PAGE = join(ROOT, 'docs/compatibility.md');

/** Adds results to those of earlier runs. */
export async function keepResults(results: readonly Result[]): Promise<void> {
  const keyOf = ({ shape, version, to, role }: Result): string => `${shape} ${version} ${to ?? version} ${role}`;
  const all = new Map([...(await keptResults()), ...results].map((result) => [keyOf(result), result]));
  await mkdir(dirname(KEPT), { recursive: true });
  await writeFile(KEPT, JSON.stringify([...all.values()]));
}

async function keptResults(): Promise<Result[]> {
  return readFile(KEPT, 'utf8').then(
    (text) => JSON.parse(text) as Result[],
    () => [],
  );
}

/** Writes docs/compatibility.md from what runs on this machine have found. */
export async function writeCompatibility(): Promise<void> {
  const kept = await keptResults();
  const results = kept.filter(({ to }) => to === undefined);
  const versions = [...new Set(results.map(({ version }) => version))].sort((a, b) => a - b);
  const shapes = [...new Set(results.map(({ shape }) => shape))].sort();
  const text = [
    introduction(results),
    ...['superuser', 'small'].flatMap((role) => [
      role === 'superuser' ? '## As a superuser' : '## As the small role of the installation guide',
      '',
      `| shape | ${versions.join(' | ')} |`,
      `| --- |${versions.map(() => ' --- |').join('')}`,
      ...shapes.map((shape) => {
        const cells = versions.map((version) =>
          cellOf(results.find((one) => one.shape === shape && one.version === version && one.role === role)),
        );
        return `| ${shape} | ${cells.join(' | ')} |`;
      }),
      '',
    ]),
    ...upgradesOf(kept.filter(({ to }) => to !== undefined)),
    '## Refusals and reasons',
    '',
    ...reasons(results),
    '',
  ].join('\n');
  await writeFile(PAGE, await format(text, { ...(await resolveConfig(PAGE)), parser: 'markdown' }));
}

function cellOf(result: Result | undefined): string {
  if (result === undefined) return '';
  if (result.missing !== undefined) return '–';
  const waysOf = (isMeant: (outcome: Outcome) => boolean): string[] =>
    WAYS.filter((way) => result.outcomes.some((one) => one.way === way && isMeant(one)));
  const wrong = waysOf(({ how }) => how === 'wrong');
  const refused = waysOf((one) => one.how === 'refused' && !isNamed(one));
  const lacking = waysOf(isNamed);
  const identical = waysOf(({ how }) => how === 'identical').length;
  return [
    ...(wrong.length > 0 ? [`**fails**: ${wrong.join(', ')}`] : []),
    ...(refused.length > 0 ? [`refused: ${refused.join(', ')}`] : []),
    ...(lacking.length > 0 ? [`lacks what was named: ${lacking.join(', ')}`] : []),
    ...(identical > 0 ? [`${identical} identical`] : []),
  ].join('; ');
}

function upgradesOf(results: readonly Result[]): string[] {
  if (results.length === 0) return [];
  const pairOf = ({ version, to }: Result): string => `${version} to ${to ?? version}`;
  const pairs = [...new Set(results.map(pairOf))].sort();
  const shapes = [...new Set(results.map(({ shape }) => shape))].sort();
  return [
    '## From one version to a newer one',
    '',
    'Backed up on one version, restored with `bscc restore` on the other. "Identical" here means that all rows are.',
    '',
    `| shape | ${pairs.join(' | ')} |`,
    `| --- |${pairs.map(() => ' --- |').join('')}`,
    ...shapes.map((shape) => {
      const cells = pairs.map((pair) => {
        const result = results.find((one) => one.shape === shape && pairOf(one) === pair);
        if (result?.missing !== undefined) return '–';
        if (result === undefined) return '';
        return result.outcomes.some(({ how }) => how === 'wrong') ? '**fails**' : 'identical';
      });
      return `| ${shape} | ${cells.join(' | ')} |`;
    }),
    '',
  ];
}

function reasons(results: readonly Result[]): string[] {
  const needs = results.flatMap(({ shape, missing }) =>
    missing === undefined ? [] : [`- ${shape} needs ${missing}.`],
  );
  const told = results.flatMap(({ shape, outcomes }) =>
    outcomes.filter(({ how }) => how !== 'identical').map((outcome) => ({ shape, outcome })),
  );
  const alike = Map.groupBy(told, ({ shape, outcome }) => `- ${shape}, {ways}: ${reasonOf(outcome)}`);
  const lines = [...alike].map(([line, members]) => {
    const ways = WAYS.filter((way) => members.some(({ outcome }) => outcome.way === way));
    return line.replace('{ways}', ways.join(', '));
  });
  return [...new Set([...needs, ...lines])].sort();
}

function reasonOf(outcome: Outcome): string {
  const { how, code = '', detail = '' } = outcome;
  if (how === 'wrong') return `**fails** with \`${code}\``;
  return isNamed(outcome) ? `does not come back, as the backup says: ${detail}` : `\`${code}\`, ${detail}`;
}

/** The backup has named beforehand what does not come back. */
function isNamed({ how, code }: Outcome): boolean {
  return how === 'refused' && code === 'different';
}

function introduction(results: readonly Result[]): string {
  const taken = WAYS.filter((way) => results.some(({ outcomes }) => outcomes.some((one) => one.way === way)));
  return `# What comes back, on which version

Written by \`npm run test:versions -- --write\` from what was found; not by hand. Each shape is a database of [test/zoo](../test/zoo/README.md).
It goes through these ways: ${taken.join(', ')}. "Identical" means: \`pg_dump --create\`, the rows of every table and materialized view, all
rights, and labels are as before. "Refused" means: a message says so before anything is touched. A dash: the server lacks what the shape needs.
"Lacks what was named" means: the backup has said beforehand what it does not hold. An empty cell was not tried.
On 16 the tools of 17 were at hand, with which only a service that restores in place may make backups.
Where a way is missing, the shape has no scopes, or the way needs a superuser.
`;
}
