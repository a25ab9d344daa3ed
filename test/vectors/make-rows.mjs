// Writes rows.bscc from docs/format.md alone, without any code of the service. The definitions are what pg_dump 15 has made of a
// database with the tables below (rows-schema.dump).
// Usage: node test/vectors/make-rows.mjs > somewhere-else.bscc
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Container, sha256, zstdRaw } from './container.mjs';

const container = new Container('rows.bscc', '11223344556647788990aabbccddeeff');
const schema = readFileSync(join(import.meta.dirname, 'rows-schema.dump'));

const first = ['1\ttab\\tand\\nline\t1.5\n', '2\t\\N\tNaN\n', '3\t\\\\N\t\\N\n'].join('');
const second = ['4\t\\\\.\t-7\n', '5\t\tInfinity\n'].join('');
const none = '\n\n\n';
// All of them are in one partition here. Where they belong, the hash of the database that they are loaded into says.
const log = '1\tm1\n2\tm2\n3\tm3\n4\tm4\n5\tm5\n6\tm6\n';

const contents = [
  // With a digest and a checksum, with one of them, and with neither.
  { id: 9, name: 'schema', kind: 'schema', compression: 'zstd', plain: schema, hasChecksum: true, hasDigest: true },
  { id: 4, name: 'rows/7', kind: 'rows', compression: 'zstd', plain: Buffer.from(first), hasChecksum: true },
  { id: 2, name: 'rows/0', kind: 'rows', compression: 'zstd', plain: Buffer.from(second + none), hasDigest: true },
  { id: 5, name: 'rows/1', kind: 'rows', compression: 'none', plain: Buffer.from(log) },
];
const streams = contents.map(({ id, plain, hasChecksum, hasDigest, ...entry }) => ({
  id,
  ...entry,
  plain_size: plain.length,
  plain_sha256: hasDigest ? sha256(plain).toString('hex') : null,
  ...container.writeStream(id, entry.compression === 'zstd' ? zstdRaw(plain, { hasChecksum }) : plain),
}));

const root = { schema: 'public', name: 'log' };
const columns = ['id', 'mood'];
const index = {
  format: 2,
  created_at: '2026-11-29T08:00:00Z',
  app: { name: 'make-rows', version: '1' },
  scope: ['ALL'],
  includes_files: false,
  database: {
    engine: 'postgres',
    server_version: '15.14',
    server_version_num: 150014,
    name: 'golden',
    encoding: 'UTF8',
    size_bytes: 0,
  },
  tools: { pg_dump: '15.14' },
  extensions: [],
  roles: [],
  not_included: ['roles'],
  tables: [
    {
      schema: 'public',
      name: 'документы',
      rows: 5,
      bytes: 16384,
      columns: ['id', 'title', 'amount'],
      partition_root: null,
      parts: [
        { stream: 'rows/7', offset: 0, size: first.length, rows: 3 },
        { stream: 'rows/0', offset: 0, size: second.length, rows: 2 },
      ],
    },
    {
      schema: 'public',
      name: 'none',
      rows: 3,
      bytes: 8192,
      columns: [],
      parts: [{ stream: 'rows/0', offset: second.length, size: none.length, rows: 3 }],
    },
    { schema: 'public', name: 'log_0', rows: 0, bytes: 0, columns, partition_root: root, parts: [] },
    {
      schema: 'public',
      name: 'log_1',
      rows: 6,
      bytes: 8192,
      columns,
      partition_root: root,
      parts: [{ stream: 'rows/1', offset: 0, size: log.length, rows: 6 }],
    },
  ],
  sequences: [{ schema: 'public', name: 'документы_id_seq', last_value: '9007199254740993', is_called: true }],
  entity_counts: {},
  streams,
};
process.stdout.write(container.finish(index));
