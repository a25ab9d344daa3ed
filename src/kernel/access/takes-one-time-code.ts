import { SetMetadata } from '@nestjs/common';

/** Metadata key of a route that also takes a one-time code in place of a token. */
export const TAKES_ONE_TIME_CODE = 'berkut:takes-one-time-code';

/** A caller may show a one-time code in the body. */
export const TakesOneTimeCode = (): MethodDecorator => SetMetadata(TAKES_ONE_TIME_CODE, true);

/** The code in a body that is not yet validated. */
export function oneTimeCodeOf(body: unknown): string | undefined {
  if (typeof body !== 'object' || body === null || !('one_time_code' in body)) return undefined;
  return typeof body.one_time_code === 'string' ? body.one_time_code : undefined;
}
