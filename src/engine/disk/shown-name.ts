import { isUtf8 } from 'node:buffer';
import { visible } from '../bytes/visible-text';

const MAX_CHARACTERS = 200;

/** A name of a file for people: bytes that are not text, and characters that cannot be seen, are escaped. */
export function shownName(name: Buffer): string {
  const text = isUtf8(name)
    ? visible(name.toString())
    : name
        .toString('latin1')
        .replace(/[^\x20-\x7e]/g, (byte) => `\\x${byte.charCodeAt(0).toString(16).padStart(2, '0')}`);
  return text.length > MAX_CHARACTERS ? `${text.slice(0, MAX_CHARACTERS)}…` : text;
}
