import fc from 'fast-check';
import { isLong, itLong } from '../support/form';
import { testCluster, type TestDatabase, withClient } from '../support/cluster';
import { withCopy } from '../support/copied-database';
import { dumpOf } from '../support/dump-of';

/** What `COPY` writes in a way of its own, or what other programs have taken for an end or for nothing. */
const SPECIAL_TEXTS = [
  '',
  String.raw`\.`,
  String.raw`\N`,
  '\\',
  'NULL',
  '\n',
  '\r',
  '\r\n',
  '\t',
  '\b\v\f',
  '\u{1f600}',
  '\ufeff',
];
const text = fc.oneof(
  fc.constantFrom(...SPECIAL_TEXTS),
  fc.string({ unit: 'binary' }).map((value) => value.replaceAll('\0', '')),
  fc.array(fc.constantFrom(...SPECIAL_TEXTS, 'a', '"', "'", '{', '}', ',', '(', ')')).map((parts) => parts.join('')),
);
const bytes = fc.uint8Array().map((value) => `\\x${Buffer.from(value).toString('hex')}`);
const double = fc.oneof(fc.constantFrom('NaN', 'Infinity', '-Infinity', '-0', '5e-324'), fc.double().map(String));
const digits = fc.bigInt({ min: -(10n ** 60n), max: 10n ** 60n });
const numeric = fc.oneof(
  fc.constant('NaN'),
  fc.tuple(digits, fc.integer({ min: -90, max: 90 })).map(([value, exponent]) => `${value}e${exponent}`),
);
const int8 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String);
const int4 = fc.integer().map(String);
const moment = fc.oneof(
  fc.constantFrom('infinity', '-infinity', '4713-01-01 00:00:00 BC', '294276-12-31 23:59:59.999999'),
  fc.date({ noInvalidDate: true, min: new Date(0), max: new Date('9999-01-01') }).map((date) => date.toISOString()),
);
const json = fc.json().map((value) => value.replaceAll(String.raw`\u0000`, ''));

/** Each column: its type, and the values that it is given, as the driver takes them. A null may be any of them. */
const COLUMNS: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  text,
  'varchar(200)': text.map((value) => Array.from(value).slice(0, 200).join('')),
  bytea: bytes,
  float8: double,
  float4: fc.oneof(fc.constantFrom('NaN', '-Infinity', '-0'), fc.float().map(String)),
  numeric,
  int8,
  bool: fc.boolean(),
  timestamptz: moment,
  timestamp: moment,
  interval: fc
    .tuple(fc.integer(), fc.integer({ min: -100_000, max: 100_000 }))
    .map(([s, d]) => `${d} days ${s} seconds`),
  json,
  jsonb: json,
  uuid: fc.uuid(),
  inet: fc.ipV4(),
  'bit varying': fc.array(fc.constantFrom('0', '1')).map((bits) => bits.join('')),
  'text[]': fc.array(fc.option(text)),
  'float8[]': fc.array(double),
  int4range: fc.constantFrom('empty', '(,)', '[1,5)', '(,9]'),
  point: fc.tuple(fc.integer(), fc.integer()).map(([x, y]) => `(${x},${y})`),
  '"char"': fc.constantFrom('', 'a', '\\', '\n'),
  pair: fc.tuple(int4, text).map(([n, value]) => `(${n},"${value.replaceAll(/["\\]/g, '$&$&')}")`),
  word: text.map((value) => `w${value}`),
};
const TYPES = Object.keys(COLUMNS);
const rows = fc.array(fc.tuple(...Object.values(COLUMNS).map((value) => fc.option(value, { freq: 9 }))), {
  minLength: 1,
  maxLength: 40,
});

describe('rows of any types and values', () => {
  let source: TestDatabase;
  beforeEach(async () => {
    source = await testCluster().createDatabase();
    await withClient(source.url, async (db) => {
      await db.query(`CREATE TYPE pair AS (n int, value text); CREATE DOMAIN word AS text CHECK (value LIKE 'w%')`);
      await db.query(`CREATE TABLE any_rows (${TYPES.map((type, i) => `c${i} ${type}`).join(', ')})`);
    });
  });
  afterEach(() => source.drop());

  it('are the same when they have come back', async () => {
    const places = TYPES.map((type, i) => `$${i + 1}::${type}`).join(', ');
    await fc.assert(
      fc.asyncProperty(rows, async (values) => {
        await withClient(source.url, async (db) => {
          await db.query('TRUNCATE any_rows');
          for (const row of values) await db.query(`INSERT INTO any_rows VALUES (${places})`, row);
        });
        await withCopy(source.url, async (copy) => expect(await dumpOf(copy.url)).toEqual(await dumpOf(source.url)));
      }),
      isLong ? { numRuns: 40 } : { numRuns: 2, seed: 1 },
    );
  });

  // PostgreSQL writes no row of a gigabyte or more.
  itLong('are the same when one is almost as long as a row may be', async () => {
    const look = (url: string) =>
      withClient(url, async (db) => (await db.query<object>('SELECT length(c0), md5(c0) FROM any_rows')).rows);
    await withClient(source.url, (db) =>
      db.query(`INSERT INTO any_rows (c0) SELECT repeat('0123456789abcde' || E'\\n', 67108864 - 8388608)`),
    );
    await withCopy(source.url, async (copy) => expect(await look(copy.url)).toEqual(await look(source.url)));
  });
});
