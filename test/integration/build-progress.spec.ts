import { BuildProgress } from '../../src/engine/postgres/load/build-progress';
import { parseDatabaseUrl } from '../../src/engine/address/parse-database-url';
import type { IndexBuild } from '../../src/engine/postgres/archive/index-builds';
import { testCluster, type TestDatabase, withClient } from '../support/cluster';
import { eventually } from '../support/eventually';

const BYTES = 10_000_000;
const MIDDLE = 10_000;
const TABLES = [
  { schema: 'public', name: 'large', bytes: BYTES },
  { schema: 'public', name: 'small', bytes: 0 },
];
const build = (name: string): IndexBuild => ({
  table: { schema: 'public', name },
  id: 0,
  sayings: [],
  isIndependent: true,
  isExclusive: false,
  isSlow: false,
  isGin: false,
});

describe('the progress of what is built over loaded rows', () => {
  let database: TestDatabase;
  beforeEach(async () => {
    database = await testCluster().createDatabase();
    await withClient(database.url, (db) =>
      db.query(`CREATE TABLE large (id int, small int); CREATE TABLE small (id int PRIMARY KEY); INSERT INTO small VALUES (1);
                INSERT INTO large SELECT n, 1 FROM generate_series(1, ${2 * MIDDLE}) n`),
    );
  });
  afterEach(() => database.drop());

  const measure = (progress: BuildProgress) => withClient(database.url, (db) => progress.measure(db));

  it('is the bytes of the tables for each index and key that is there', async () => {
    const progress = new BuildProgress(['large', 'large', 'large', 'small', 'other'].map(build), TABLES);
    expect(progress.bytesTotal).toBe(3 * BYTES);
    expect(await measure(progress)).toBe(0);
    const steps = ['ADD PRIMARY KEY (id)', 'ADD FOREIGN KEY (small) REFERENCES small', 'ADD UNIQUE (id, small)'];
    for (const [i, step] of steps.entries()) {
      await withClient(database.url, (db) => db.query(`ALTER TABLE large ${step}`));
      expect(await measure(progress)).toBe((i + 1) * BYTES);
    }
  });

  it('is told while something is being built, and ends with it', async () => {
    const progress = new BuildProgress([build('large')], TABLES);
    const reports: number[] = [];
    await withClient(database.url, async (holder) => {
      await holder.query(`SELECT pg_advisory_lock(1);
        CREATE FUNCTION waits(id int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN
          IF id = ${MIDDLE} THEN PERFORM pg_advisory_lock_shared(1); END IF; RETURN id; END $$`);
      const building = progress.during(
        parseDatabaseUrl(database.url),
        (done) => void reports.push(done),
        () => withClient(database.url, (db) => db.query('CREATE INDEX ON large (waits(id))')),
        new AbortController().signal,
      );
      // The first half is to read the table, and that waits in the middle.
      await eventually(() => reports.some((done) => done > BYTES * 0.2 && done < BYTES * 0.3));
      await holder.query('SELECT pg_advisory_unlock(1)');
      await building;
    });
    expect(await measure(progress)).toBe(BYTES);
  });

  it('is not told of a database that does not answer, which stops nothing', async () => {
    const progress = new BuildProgress([build('large')], TABLES);
    const address = { ...parseDatabaseUrl(database.url), database: 'not_there' };
    const done = progress.during(
      address,
      () => undefined,
      () => Promise.resolve('built'),
      new AbortController().signal,
    );
    expect(await done).toBe('built');
  });
});
