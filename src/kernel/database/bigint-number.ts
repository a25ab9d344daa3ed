import type { ValueTransformer } from 'typeorm';

/** PostgreSQL `bigint` as a JSON number: TypeORM hands it over as a string, the wire needs a number (ids and sizes stay below 2^53). */
export const bigintNumber: ValueTransformer = {
  from: (value: string | null): number | null => (value === null ? null : Number(value)),
  to: (value: unknown): unknown => value,
};
