/** A list or text that has something in it; `undefined` for an empty one. */
export function unlessEmpty<T extends { readonly length: number }>(value: T): T | undefined {
  return value.length === 0 ? undefined : value;
}
