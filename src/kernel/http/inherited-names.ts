/** No body of ours is deeper; what is deeper has been refused before. */
const MAX_DEPTH = 10;

/**
 * The fields of a value, at any depth, that have the name of something every object inherits, such as `__proto__`,
 * `constructor` or `hasOwnProperty`. What makes objects of a request drops some of them and takes others for known fields.
 */
export function inheritedNames(value: unknown, depth = 0): string[] {
  if (typeof value !== 'object' || value === null || depth >= MAX_DEPTH) return [];
  const own = Array.isArray(value) ? [] : Object.keys(value).filter((name) => name in Object.prototype);
  return [...own, ...Object.values(value).flatMap((member) => inheritedNames(member, depth + 1))];
}
