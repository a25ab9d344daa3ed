type Absent = null | undefined;

/** The keys whose value may be missing. */
type OptionalKey<T> = { [K in keyof T]-?: Extract<T[K], Absent> extends never ? never : K }[keyof T];

/** Properties of which those that may have no value may be left out, and have one where they are not. */
export type Present<T> = Omit<T, OptionalKey<T>> & { [K in OptionalKey<T>]?: NonNullable<T[K]> };

/**
 * The properties that have a value, in their order: those that are `undefined` or `null` are left out.
 */
export function present<T extends object>(properties: T): Present<T>;
export function present(properties: object): object {
  // Called several times for each backup of a list: the loop takes a third of the time that `Object.fromEntries` and a filter take.
  const kept: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(properties) as [string, unknown][]) {
    if (value !== undefined && value !== null) kept[name] = value;
  }
  return kept;
}
