/** A choice that the browser remembers; a browser that refuses to store forgets it with the page. */
export function readChoice<T extends string>(key: string, choices: readonly T[]): T | undefined {
  try {
    const stored = window.localStorage.getItem(key);
    return choices.find((choice) => choice === stored);
  } catch {
    return undefined;
  }
}

export function storeChoice(key: string, choice: string): void {
  try {
    window.localStorage.setItem(key, choice);
  } catch {
    // Private windows and policies refuse; the choice holds until the page is closed.
  }
}
