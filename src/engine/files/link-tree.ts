/** As many as Linux follows before it gives up. */
const MAX_LINKS = 40;

/** The symbolic links of a tree, to tell where each of them leads. Names and targets are bytes as Latin-1 text. */
export class LinkTree {
  readonly #targets = new Map<string, string>();

  add(name: string, target: string): void {
    this.#targets.set(name, target);
  }

  /**
   * Whether following a link can end outside of the tree: through an absolute target, through `..`, or through other links. What
   * leads in circles leads nowhere that could be told.
   */
  leaves(name: string): boolean {
    const place = name.split('/').slice(0, -1);
    const ahead = stepsOf(this.#targets.get(name) ?? '');
    if (ahead === undefined) return true;
    for (let followed = 0; ahead.length > 0;) {
      const step = ahead.pop() ?? '';
      if (step === '..') {
        if (place.pop() === undefined) return true;
        continue;
      }
      const target = this.#targets.get([...place, step].join('/'));
      if (target === undefined) {
        place.push(step);
        continue;
      }
      const further = stepsOf(target);
      followed += 1;
      if (further === undefined || followed > MAX_LINKS) return true;
      ahead.push(...further);
    }
    return false;
  }
}

/** The components of a target, the first one last; `undefined` for a target that begins at the root, or is none. */
function stepsOf(target: string): string[] | undefined {
  if (target === '' || target.startsWith('/')) return undefined;
  return target
    .split('/')
    .filter((step) => step !== '' && step !== '.')
    .reverse();
}
