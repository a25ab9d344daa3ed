const MAX_NAME_CHARACTERS = 255;

/** A name for people to see: without directories and characters that control something. */
export function plainName(name: string): string {
  const base = name.split(/[\\/]/).at(-1) ?? '';
  const plain = base.replace(/[\p{C}]/gu, '').slice(0, MAX_NAME_CHARACTERS);
  return plain === '' ? 'unnamed' : plain;
}
