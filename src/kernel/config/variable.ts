import type { z } from 'zod';

/** A variable of the configuration. */
export interface Variable {
  /** Other names of it, older ones among them. */
  readonly aliases?: readonly string[];
  /** May be given as a path in `<NAME>_FILE`, and is never shown. */
  readonly isSecret?: boolean;
  /** What its text becomes, and what is wrong with one. */
  readonly shape: z.ZodType;
  /** What counts when it is not set, as it would be typed. */
  readonly default?: string;
  /** Where that depends on something else, in words for people; `parseConfig` has the value. */
  readonly otherwise?: string;
  /** For the documents. */
  readonly meaning: string;
}

/** The variables under one heading of the documents. */
export type Section = Readonly<Record<string, Variable>>;
