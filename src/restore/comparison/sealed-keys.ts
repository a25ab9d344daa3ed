import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { OperatorKey } from '../../engine/container/keys/operator-key';
import type { DifferingKeys } from '../../engine/postgres/compare/compare-rows';

const KEY_ID_BYTES = 8;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

const rows = z.array(z.array(z.string())).optional();
const keysShape = z.object({ only_in_backup: rows, only_in_target: rows, different: rows });

/** Keys of rows that only the operator's key opens: id of the key, nonce, AES-256-GCM, tag. */
export function sealKeys(keys: DifferingKeys, runId: number, key: OperatorKey): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', wrappingKey(key), nonce).setAAD(boundTo(runId));
  const id = Buffer.from(key.id, 'hex');
  return Buffer.concat([id, nonce, cipher.update(JSON.stringify(keys)), cipher.final(), cipher.getAuthTag()]);
}

/**
 * Opens what {@link sealKeys} has sealed.
 *
 * @param keyOf finds a key by its id
 * @returns `undefined` when no known key opens it
 */
export function openKeys(
  sealed: Buffer,
  runId: number,
  keyOf: (id: string) => OperatorKey | undefined,
): DifferingKeys | undefined {
  const key = keyOf(sealed.subarray(0, KEY_ID_BYTES).toString('hex'));
  if (key === undefined || sealed.length < KEY_ID_BYTES + NONCE_BYTES + TAG_BYTES) return undefined;
  const begin = KEY_ID_BYTES + NONCE_BYTES;
  const decipher = createDecipheriv('aes-256-gcm', wrappingKey(key), sealed.subarray(KEY_ID_BYTES, begin))
    .setAAD(boundTo(runId))
    .setAuthTag(sealed.subarray(-TAG_BYTES));
  try {
    const text = Buffer.concat([decipher.update(sealed.subarray(begin, -TAG_BYTES)), decipher.final()]).toString();
    return keysShape.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function wrappingKey(key: OperatorKey): Buffer {
  return Buffer.from(hkdfSync('sha256', key.material, '', 'berkut/comparison-keys', 32));
}

function boundTo(runId: number): Buffer {
  return Buffer.from(String(runId), 'latin1');
}
