import type { OperatorKey } from './operator-key';

/** The keys this installation holds: the current one seals and opens, the previous ones only open. */
export class KeyRing {
  readonly #byId: ReadonlyMap<string, OperatorKey>;

  /**
   * @param current seals new containers
   * @param previous open containers sealed before a rotation
   */
  constructor(
    readonly current: OperatorKey,
    previous: readonly OperatorKey[] = [],
  ) {
    this.#byId = new Map([current, ...previous].map((key) => [key.id, key]));
  }

  /** @param id key id from a container's header, 16 lower-case hex digits */
  find(id: string): OperatorKey | undefined {
    return this.#byId.get(id);
  }

  /** All keys, the current one first. */
  all(): OperatorKey[] {
    return [...this.#byId.values()];
  }

  /** Ids of all keys, the current one first. */
  ids(): string[] {
    return [...this.#byId.keys()];
  }
}
