import { BlockList, isIP, isIPv4 } from 'node:net';
import { z } from 'zod';
import { OperatorKeyError, parseOperatorKey } from '../../engine/container/keys/operator-key';
import { DatabaseUrlError } from '../../engine/address/database-address';
import type { Surroundings } from '../../engine/address/parameters';
import { parseDatabaseUrl } from '../../engine/address/parse-database-url';
import { ConfigFileError } from './config-files';

/** Messages read on after a variable's name and never repeat its value. */
const MIN_SECRET_BYTES = 32;
const TRUE = ['true', '1', 'yes', 'on'];
const FALSE = ['false', '0', 'no', 'off'];

/** A whole number, both limits included. */
export function wholeNumber(min: number, max: number) {
  const error = `must be a whole number from ${min} to ${max}`;
  return z
    .string()
    .regex(/^\d+$/, { error })
    .transform(Number)
    .pipe(z.number({ error }).min(min, { error }).max(max, { error }));
}

export const flag = z
  .string()
  .toLowerCase()
  .pipe(z.enum([...TRUE, ...FALSE], { error: 'must be true or false' }))
  .transform((value) => TRUE.includes(value));

/** One of a few words. */
export function choice<const T extends readonly [string, ...string[]]>(words: T) {
  return z.enum(words, { error: `must be one of ${words.join(', ')}` });
}

export const text = z.string();

/** A directory, without the slash that some people end it with. */
export const directory = z.string().transform((path) => path.replace(/(?<=.)\/+$/, ''));

/** @param surroundings what stands in for the parts that a URL leaves out */
export function databaseAddress(surroundings: Surroundings) {
  return checked((value) => parseDatabaseUrl(value, surroundings), 'is no database URL');
}

export const operatorKey = checked(parseOperatorKey, 'is no key');

/** Quotes of an env file that its reader has not taken away: the secret would be another one than elsewhere. */
const unquotedText = z
  .string()
  .refine((value) => !/^(["'`]).*\1$/s.test(value), { error: 'is in quotes: remove them' });

export const secret = unquotedText
  .transform((value) => new TextEncoder().encode(value))
  .refine((bytes) => bytes.length >= MIN_SECRET_BYTES, { error: `is shorter than ${MIN_SECRET_BYTES} bytes` });

/** A secret that is used as text. */
export const longText = unquotedText.min(MIN_SECRET_BYTES, { error: `is shorter than ${MIN_SECRET_BYTES} characters` });

export const mailServer = z
  .string()
  .refine((value) => URL.canParse(value) && /^smtps?:$/.test(new URL(value).protocol), {
    error: 'is no address of a mail server (smtp:// or smtps://)',
  });

export const mailAddress = z.string().regex(/^[^\s@,<>]+@[^\s@,<>]+$/, { error: 'is no mail address' });

/** Mail addresses with commas between them. */
export const mailAddresses = z
  .string()
  .transform((value) => value.split(',').map((address) => address.trim()))
  .pipe(z.array(mailAddress));

/** PostgreSQL cuts longer names, silently. */
const MAX_NAME_BYTES = 63;

/** Names of roles as the server has them, without quotes, with commas between them. */
export const roleNames = z
  .string()
  .transform((value) => [...new Set(value.split(',').map((name) => name.trim()))])
  .refine((names) => names.every((name) => name !== '' && Buffer.byteLength(name) <= MAX_NAME_BYTES), {
    error: 'must be names of roles with commas between them',
  });

/** Addresses and networks (`10.0.0.0/8`), with commas or spaces between them. */
export const addresses = z.string().transform((value, context): BlockList => {
  const list = new BlockList();
  for (const entry of value.split(/[\s,]+/).filter((part) => part !== '')) {
    const [address = '', prefix, ...more] = entry.split('/');
    const family = isIPv4(address) ? 'ipv4' : 'ipv6';
    const longest = family === 'ipv4' ? 32 : 128;
    const bits = prefix === undefined ? longest : /^\d{1,3}$/.test(prefix) ? Number(prefix) : Number.NaN;
    if (isIP(address) === 0 || more.length > 0 || !(bits <= longest)) {
      context.addIssue({ code: 'custom', message: 'must be addresses and networks, such as 127.0.0.1, 10.0.0.0/8' });
      return z.NEVER;
    }
    list.addSubnet(address, bits, family);
  }
  return list;
});

export const timezone = z.string().refine(isTimezone, { error: 'is no time zone of the IANA database' });

/** What the file at a path holds. */
export function file<T>(read: (path: string) => T) {
  return checked(read);
}

/** A value that a parser of ours takes; what the parser says of a bad one is safe to show. */
function checked<T>(parse: (value: string) => T, intro?: string) {
  return z.string().transform((value, context): T => {
    try {
      return parse(value);
    } catch (error) {
      if (!(
        error instanceof ConfigFileError ||
        error instanceof DatabaseUrlError ||
        error instanceof OperatorKeyError
      )) {
        throw error;
      }
      context.addIssue({ code: 'custom', message: intro === undefined ? error.message : `${intro}: ${error.message}` });
      return z.NEVER;
    }
  });
}

function isTimezone(value: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: value });
    return true;
  } catch {
    return false;
  }
}
