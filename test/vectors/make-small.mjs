// Writes small.bscc from docs/format.md alone, without any code of the service, so that the two check each other.
// Usage: node test/vectors/make-small.mjs > somewhere-else.bscc
import { Container, sha256, zstdRaw } from './container.mjs';

const container = new Container('small.bscc', '0f1e2d3c4b5a49788695a4b3c2d1e0f0');

const contents = [
  { name: 'schema', kind: 'schema', compression: 'zstd', plain: Buffer.from('CREATE TABLE документы (id int);\n') },
  { name: 'data/0', kind: 'data', compression: 'zstd', plain: Buffer.alloc(0) },
  { name: 'data/1', kind: 'data', compression: 'none', plain: Buffer.from([0]) },
  { name: 'files', kind: 'files', compression: 'none', plain: Buffer.alloc(0) },
];
// The ids are not in the order of the file, nor without gaps: a reader must not rely on either.
const ids = [7, 0, 65_534, 3];
const streams = contents.map(({ plain, ...entry }, i) => ({
  id: ids[i],
  ...entry,
  plain_size: plain.length,
  plain_sha256: sha256(plain).toString('hex'),
  ...container.writeStream(ids[i], entry.compression === 'zstd' ? zstdRaw(plain) : plain),
}));

const index = {
  format: 2,
  created_at: '2026-02-28T23:59:59+03:00',
  app: { name: 'make-small', version: '1' },
  label: null,
  scope: ['docs'],
  includes_files: true,
  database: {
    engine: 'postgres',
    server_version: '16.4',
    server_version_num: 160004,
    name: 'scc',
    encoding: 'UTF8',
    locale_provider: 'icu',
    size_bytes: 0,
  },
  tools: { pg_dump: '16.4' },
  extensions: [],
  roles: [],
  not_included: ['roles'],
  tables: [{ schema: 'public', name: 'документы', rows: 0, bytes: 0 }],
  entity_counts: {},
  a_member_of_a_later_minor_version: { ignored: true },
  streams,
};
process.stdout.write(container.finish(index));
