/** No body of ours is deeper; what is deeper has been refused before. */
const MAX_DEPTH = 10;

/**
 * Whether every text in a value can be stored and logged as it is: without the null character, which PostgreSQL refuses,
 * and without half a surrogate pair, which UTF-8 cannot say.
 */
export function isPlainText(value: unknown, depth = 0): boolean {
  if (typeof value === 'string') return value.isWellFormed() && !value.includes('\0');
  if (typeof value !== 'object' || value === null) return true;
  return depth < MAX_DEPTH && Object.values(value).every((member) => isPlainText(member, depth + 1));
}
