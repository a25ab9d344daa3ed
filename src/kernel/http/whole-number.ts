import { applyDecorators } from '@nestjs/common';
import { Transform } from 'class-transformer';
import { IsInt, Max, Min } from 'class-validator';

const DIGITS = /^(0|[1-9]\d{0,15})$/;

/** A whole number in a query, in plain decimal digits. JavaScript also reads `0x10`, `1e2` and ` 5` as numbers. */
export const WholeNumber = (min: number, max: number): PropertyDecorator =>
  applyDecorators(
    Transform(({ value }: { value: unknown }) =>
      typeof value === 'string' && DIGITS.test(value) ? Number(value) : Number.NaN,
    ),
    IsInt(),
    Min(min),
    Max(max),
  );
