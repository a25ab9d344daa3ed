import { isEqualHex, signatureOf } from './audit-chain';

/** The keys that may have signed a log. */
export interface SigningKeys {
  readonly keys: readonly Uint8Array[];
  /**
   * Of a configured key: the record that was its first. Before it records count by their chain alone, which ends in a
   * record of that key; after it no other key counts, because the configured one is the only one that is not kept with the backups.
   */
  readonly since?: number | undefined;
  readonly isConfigured: boolean;
}

/** Decides which records of a chain count as signed, in one pass from the first. */
export class SignatureCheck {
  private isSigned = false;
  private first: number | undefined;

  constructor(private readonly signing: SigningKeys) {}

  /** @returns whether the record counts as signed so far */
  accepts({ seq, hash, signature }: { seq: number; hash: string; signature: string }): boolean {
    this.first ??= seq;
    const { keys, since, isConfigured } = this.signing;
    if (keys.some((key) => isEqualHex(signatureOf(hash, key), signature))) {
      this.isSigned = true;
      return true;
    }
    return isConfigured && !this.isSigned && seq !== since;
  }

  /** The first record of a log that ended without one by the configured key, which then proves nothing. */
  unproven(): number | undefined {
    return this.isSigned ? undefined : this.first;
  }
}
