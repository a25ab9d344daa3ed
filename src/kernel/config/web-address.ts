import { z } from 'zod';

/** An address of HTTP. The messages read on after a name and never repeat the value. */
export const webAddress = z
  .string()
  .refine((value) => URL.canParse(value) && /^https?:$/.test(new URL(value).protocol), { error: 'is no web address' })
  // Nothing can be sent to such an address with fetch, and it would be found out only when it matters.
  .refine((value) => !URL.canParse(value) || `${new URL(value).username}${new URL(value).password}` === '', {
    error: 'has a user or a password in it, which is not supported',
  });
