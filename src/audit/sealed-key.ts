import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import type { OperatorKey } from '../engine/container/keys/operator-key';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Tells signing keys apart without telling anything of them, 16 hex digits. */
export function signingKeyId(signingKey: Uint8Array): string {
  return Buffer.from(hkdfSync('sha256', signingKey, '', 'berkut/audit-key-id', 8)).toString('hex');
}

/** A signing key that only the operator's key opens: AES-256-GCM, nonce first and tag last. */
export function sealSigningKey(signingKey: Uint8Array, key: OperatorKey): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', wrappingKey(key), nonce).setAAD(idBytes(signingKeyId(signingKey)));
  return Buffer.concat([nonce, cipher.update(signingKey), cipher.final(), cipher.getAuthTag()]);
}

/** @returns `undefined` when it is not what was sealed under this id and key */
export function openSigningKey(id: string, sealed: Buffer, key: OperatorKey): Uint8Array | undefined {
  if (sealed.length < NONCE_BYTES + TAG_BYTES) return undefined;
  const decipher = createDecipheriv('aes-256-gcm', wrappingKey(key), sealed.subarray(0, NONCE_BYTES))
    .setAAD(idBytes(id))
    .setAuthTag(sealed.subarray(-TAG_BYTES));
  const signingKey = decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES));
  try {
    decipher.final();
  } catch {
    return undefined;
  }
  return new Uint8Array(signingKey);
}

function wrappingKey(key: OperatorKey): Buffer {
  return Buffer.from(hkdfSync('sha256', key.material, '', 'berkut/audit-key-wrap', 32));
}

function idBytes(id: string): Buffer {
  return Buffer.from(id, 'latin1');
}
