/** Whether a value is an object whose properties can be read. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

/** A property that is a text. */
export function textIn(value: unknown, name: string): string | undefined {
  const found = isRecord(value) ? value[name] : undefined;
  return typeof found === 'string' ? found : undefined;
}

/** A property that is a number. */
export function numberIn(value: unknown, name: string): number | undefined {
  const found = isRecord(value) ? value[name] : undefined;
  return typeof found === 'number' ? found : undefined;
}

/** The texts of a property that is a list. */
export function textsIn(value: unknown, name: string): string[] {
  const found = isRecord(value) ? value[name] : undefined;
  return Array.isArray(found) ? found.filter((item): item is string => typeof item === 'string') : [];
}
