import { hkdfSync } from 'node:crypto';
import type { OperatorKey } from '../../engine/container/keys/operator-key';

/** The key that signs the audit log where none is configured. */
export function derivedSigningKey(key: OperatorKey): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', key.material, '', 'berkut/audit-signing', 32));
}
