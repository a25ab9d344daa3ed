// Writes small.bscc from docs/format.md alone, without any code of the service, so that the two check each other.
// Usage: node test/vectors/make-small.mjs > somewhere-else.bscc
// Nothing in it is random, so every run gives the file that is checked in. A real writer must use random values.
import { createCipheriv, createHash, createHmac, hkdfSync } from 'node:crypto';

const sha256 = (data) => createHash('sha256').update(data).digest();
const hkdf = (secret, salt, info, bytes) => Buffer.from(hkdfSync('sha256', secret, salt, info, bytes));
const chosen = (name, bytes) => sha256(`small.bscc ${name}`).subarray(0, bytes);
const uint = (value, bytes) => {
  const out = Buffer.alloc(8);
  out.writeBigUInt64BE(BigInt(value));
  return out.subarray(8 - bytes);
};
const seal = (key, nonce, aad, plaintext) => {
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(aad);
  return Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
};

const material = sha256('a passphrase of more than 32 bytes, for tests only');
const fileId = Buffer.from('0f1e2d3c4b5a49788695a4b3c2d1e0f0', 'hex');
const dek = chosen('dek', 32);

const front = Buffer.concat([
  Buffer.from('BSCC'),
  uint(2, 1),
  uint(1, 1),
  uint(128, 2),
  fileId,
  hkdf(material, '', 'bscc/v2/key-id', 8),
]);
const wrapNonce = chosen('wrap nonce', 12);
const wrapped = seal(hkdf(material, '', 'bscc/v2/kek', 32), wrapNonce, front, dek);
const untagged = Buffer.concat([front, wrapNonce, wrapped, uint(0, 4)]);
const tag = createHmac('sha256', hkdf(dek, '', 'bscc/v2/header', 32))
  .update(untagged)
  .digest();

const parts = [untagged, tag];
const position = () => parts.reduce((sum, part) => sum + part.length, 0);

// One segment is enough for what this file holds: frame header, stream header, ciphertext and tag.
const writeStream = (id, stored) => {
  const offset = position();
  const salt = chosen(`salt ${id}`, 32);
  const prefix = chosen(`prefix ${id}`, 7);
  const key = hkdf(dek, salt, Buffer.concat([Buffer.from('bscc/v2/stream'), fileId, uint(id, 2)]), 32);
  const sealed = seal(key, Buffer.concat([prefix, uint(0, 4), uint(1, 1)]), Buffer.alloc(0), stored);
  const payload = Buffer.concat([uint(40, 1), salt, prefix, sealed]);
  parts.push(uint(id, 2), uint(payload.length, 4), payload);
  return { stored_size: payload.length, segments: 1, frame_offsets: uint(offset, 8).toString('base64') };
};

// A zstd frame with one raw block, as RFC 8878 describes it: whole content in one segment, one byte for its size.
const zstdRaw = (content) => {
  const blockHeader = Buffer.alloc(3);
  blockHeader.writeUIntLE((content.length << 3) | 1, 0, 3);
  return Buffer.concat([Buffer.from('28b52ffd20', 'hex'), uint(content.length, 1), blockHeader, content]);
};

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
  ...writeStream(ids[i], entry.compression === 'zstd' ? zstdRaw(plain) : plain),
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
const indexOffset = position();
writeStream(65_535, Buffer.from(JSON.stringify(index)));
parts.push(uint(indexOffset, 8), uint(position() + 24, 8), Buffer.from('BSCCEND2'));
process.stdout.write(Buffer.concat(parts));
