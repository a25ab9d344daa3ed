import { createHash, hkdfSync, randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { mistakeIn } from './key-mistakes';

const KEY_BYTES = 32;
const ADVICE = 'Use 64 hex digits, for example the output of "openssl rand -hex 32".';
/** Before a text that is to be read as it stands: version 0.1.0 took every text, and its backups need the same one. */
const EXACTLY = 'exactly:';
const EXACT_ADVICE = `If backups were made with exactly this text, write ${EXACTLY} before it.`;
const HEX = /^(?:[0-9a-f]{2})*$/i;
const BASE64_PADDED = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{2}==)?$/;
const BASE64_UNPADDED = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2,3})?$/;

/** The text is not a usable operator's key. The message says why and never repeats the text. */
export class OperatorKeyError extends Error {
  override readonly name = 'OperatorKeyError';
}

/** The operator's key as 32 bytes, with the id that container headers carry. Printing one shows the id alone. */
export class OperatorKey {
  readonly #material: Buffer;

  /** Id of the key, 16 lower-case hex digits; not secret (docs/format.md, "Keys"). */
  readonly id: string;

  /** @param material the 32 bytes of key material */
  constructor(material: Buffer) {
    this.#material = material;
    this.id = Buffer.from(hkdfSync('sha256', material, '', 'bscc/v2/key-id', 8)).toString('hex');
  }

  /** The 32 secret bytes. */
  get material(): Buffer {
    return this.#material;
  }

  toJSON(): { id: string } {
    return { id: this.id };
  }

  toString(): string {
    return `OperatorKey(${this.id})`;
  }

  [inspect.custom](): string {
    return this.toString();
  }
}

/**
 * Reads the operator's key from its text (docs/format.md, "The operator's key"): hex, else base64, else UTF-8.
 * @throws OperatorKeyError when fewer than 32 bytes come of it, or when it is plainly another text than was meant
 */
export function parseOperatorKey(text: string): OperatorKey {
  const given = text.trim();
  const isExact = given.startsWith(EXACTLY);
  const mistake = isExact ? undefined : mistakeIn(given);
  if (mistake !== undefined) throw new OperatorKeyError(`The key ${mistake}. ${ADVICE} ${EXACT_ADVICE}`);
  const trimmed = isExact ? given.slice(EXACTLY.length) : given;
  const { bytes, form } = decode(trimmed);
  if (bytes.length < KEY_BYTES) throw new OperatorKeyError(tooShort(trimmed, bytes.length, form));
  return new OperatorKey(bytes.length === KEY_BYTES ? bytes : createHash('sha256').update(bytes).digest());
}

/** A new random key as text: 64 hex digits. */
export function generateOperatorKey(): string {
  return randomBytes(KEY_BYTES).toString('hex');
}

function decode(text: string): { bytes: Buffer; form: 'hex' | 'base64' | 'text' } {
  if (HEX.test(text)) return { bytes: Buffer.from(text, 'hex'), form: 'hex' };
  // The original's decoder skips line breaks, so that the wrapped output of `openssl rand -base64 64` is one key.
  const unwrapped = text.replace(/[\r\n]/g, '');
  if (BASE64_PADDED.test(unwrapped) || BASE64_UNPADDED.test(unwrapped)) {
    return { bytes: Buffer.from(unwrapped, 'base64'), form: 'base64' };
  }
  return { bytes: Buffer.from(text, 'utf8'), form: 'text' };
}

function tooShort(text: string, byteCount: number, form: 'hex' | 'base64' | 'text'): string {
  if (text === '') return `The key is empty. ${ADVICE}`;
  const reading = {
    hex: `is valid hex, so it is read as ${byteCount} bytes`,
    base64: `is valid base64, so its ${text.length} characters are read as ${byteCount} bytes`,
    text: `is read as ${byteCount} bytes of text`,
  }[form];
  return `The key ${reading}; at least ${KEY_BYTES} bytes are needed. ${ADVICE}`;
}
