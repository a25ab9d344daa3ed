/**
 * Rows of a table however long, some at a time.
 *
 * @param take how many at once
 * @param read gives the rows with ids after `after`, in their order, at most so many
 */
export async function* inPortions<T extends { readonly id: number }>(
  take: number,
  read: (after: number) => Promise<T[]>,
): AsyncGenerator<T, void, undefined> {
  for (let after = 0; ;) {
    const some = await read(after);
    yield* some;
    const last = some.at(-1);
    if (last === undefined || some.length < take) return;
    after = last.id;
  }
}
