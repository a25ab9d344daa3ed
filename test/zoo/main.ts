import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { openPlace, type Place, type Role, whatIsMissing } from './place';
import { keepResults, writeCompatibility } from './compatibility';
import { asText, countsOf, isGood, type Result } from './report';
import { readShapes, type Shape } from './shape';
import { upgrade } from './upgrade';
import { Journey, scopeName, WAYS } from './ways';

/** Takes every shape of database through every way. See test/zoo/README.md. */
const { values: options } = parseArgs({
  options: {
    versions: { type: 'string', default: '15' },
    roles: { type: 'string', default: 'superuser,small' },
    /** Names, separated by commas; a name may end in `*`. */
    shapes: { type: 'string', default: '*' },
    ways: { type: 'string', default: WAYS.join(',') },
    /** Pairs such as 13-18, in place of versions. */
    upgrades: { type: 'string' },
    /** The few shapes that every change goes through. */
    cut: { type: 'boolean', default: false },
    /** Writes docs/compatibility.md from these results and the earlier ones. */
    write: { type: 'boolean', default: false },
    /** A file for the numbers of what held and what did not, as Jest writes them. */
    json: { type: 'string' },
  },
});
const ways = new Set(options.ways.split(','));

async function main(): Promise<void> {
  const shapes = (await readShapes()).filter(isWanted);
  const results: Result[] = [];
  for (const pair of options.upgrades?.split(',') ?? []) {
    const [from = 0, to = 0] = pair.split('-').map(Number);
    const upgraded = await upgrade(from, to, shapes);
    await keepResults(upgraded);
    results.push(...upgraded);
  }
  const versions = options.upgrades === undefined ? options.versions.split(',').map(Number) : [];
  for (const version of versions) {
    for (const role of options.roles.split(',').map(asRole)) results.push(...(await visit(version, role, shapes)));
  }
  if (options.json !== undefined) await writeFile(options.json, JSON.stringify(countsOf(results)));
  if (options.write) await writeCompatibility();
  const wrong = results.filter((result) => !isGood([result]));
  console.log(`\n${results.length} shapes, ${wrong.length} with something wrong`);
  if (wrong.length > 0) console.log(asText(wrong));
  process.exitCode = wrong.length > 0 ? 1 : 0;
}

async function visit(version: number, role: Role, shapes: readonly Shape[]): Promise<Result[]> {
  const scopes = Object.fromEntries(
    shapes.map((shape) => [scopeName(shape), shape.scope] as const).filter(([, tables]) => tables.length > 0),
  );
  const results: Result[] = [];
  let place: Place | undefined;
  try {
    for (const shape of shapes) {
      if (options.cut && !shape.cutVersions.includes(version)) continue;
      place ??= await openPlace(version, role, scopes);
      const begun = Date.now();
      const [result, isBroken] = await goThrough(place, shape);
      results.push(result);
      // One after the other: what was found stays when the run is ended.
      await keepResults([result]);
      console.log(`${asText([result])} ${Math.round((Date.now() - begun) / 100) / 10} s`);
      if (!isBroken) continue;
      await place.stop();
      place = undefined;
    }
  } finally {
    await place?.stop();
  }
  return results;
}

async function goThrough(place: Place, shape: Shape): Promise<[result: Result, isBroken: boolean]> {
  const { version, role } = place;
  const missing = await whatIsMissing(place, shape);
  if (missing !== undefined) return [{ shape: shape.name, version, role, missing, outcomes: [] }, false];
  const journey = new Journey(place, shape, ways);
  try {
    await journey.go();
    return [{ shape: shape.name, version, role, outcomes: journey.outcomes }, journey.isBroken];
  } catch (error) {
    const outcome = { way: 'backup', how: 'wrong', code: 'not made', detail: String(error) } as const;
    return [{ shape: shape.name, version, role, outcomes: [...journey.outcomes, outcome] }, true];
  }
}

function isWanted(shape: Shape): boolean {
  return options.shapes
    .split(',')
    .some((name) => (name.endsWith('*') ? shape.name.startsWith(name.slice(0, -1)) : shape.name === name));
}

function asRole(name: string): Role {
  if (name === 'superuser' || name === 'small') return name;
  throw new Error(`there is no role "${name}"`);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
