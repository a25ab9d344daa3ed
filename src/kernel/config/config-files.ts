import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { type OperatorKey, OperatorKeyError, parseOperatorKey } from '../../engine/container/keys/operator-key';
import { type Permission, PERMISSIONS, ROLES } from '../request/permissions';
import { webAddress } from './web-address';

/** A file of the configuration that cannot be used; the message gives the reason and never the content. */
export class ConfigFileError extends Error {
  override readonly name = 'ConfigFileError';
}

const scopesShape = z.record(z.string().regex(/^[a-z][a-z0-9_]{0,62}$/), z.array(z.string().min(1).max(63)).min(1));

const rbacShape = z.strictObject({
  /** Without it the roles are added to the built-in ones. */
  replace: z.boolean().default(false),
  roles: z.record(z.string().min(1).max(64), z.array(z.enum(PERMISSIONS))),
});

const tier = z.int().min(0).max(1000).default(0);

/** The terms of the plan: what it calls `retention_days`, `keep_last_successful`, `keep_daily` and so on. */
const keepShape = z.strictObject({
  days: z.int().min(1).max(3650),
  last: z.int().min(1).max(1000).default(5),
  daily: tier,
  weekly: tier,
  monthly: tier,
  yearly: tier,
});

/** What a storage keeps, when it is not what the plan keeps. */
export type StorageKeep = z.output<typeof keepShape>;

const storagesShape = z.array(
  z.strictObject({
    name: z.string().regex(/^[a-z][a-z0-9_]{0,30}$/),
    /** A directory, or `s3://bucket/prefix`. */
    url: z.string().min(1),
    endpoint: webAddress.optional(),
    region: z.string().optional(),
    path_style: z.boolean().optional(),
    ca_file: z.string().optional(),
    lock_days: z.int().min(1).max(36_500).optional(),
    lock_mode: z.enum(['governance', 'compliance']).default('governance'),
    access_key_id: z.string().optional(),
    secret_access_key_file: z.string().optional(),
    keep: keepShape.optional(),
  }),
);

/** Scope name → tables, from a JSON object of that form. */
export function readScopes(path: string): ReadonlyMap<string, readonly string[]> {
  return new Map(Object.entries(parsed(path, scopesShape, 'an object of scope names and lists of tables')));
}

/** The role map from `{"replace": false, "roles": {"name": ["permission"]}}`. */
export function readRoles(path: string): ReadonlyMap<string, readonly Permission[]> {
  const { replace, roles } = parsed(path, rbacShape, 'an object with "roles": names and lists of known permissions');
  return new Map([...(replace ? [] : ROLES), ...Object.entries(roles)]);
}

/** Storages that keep copies, from a JSON list. */
export function readStorages(path: string): z.output<typeof storagesShape> {
  return parsed(path, storagesShape, 'a list of storages, each with a "name" and a "url" (docs/storages.md)');
}

/** A secret on the first line of a file. */
export function readSecret(path: string): string {
  const secret = content(path).trim();
  if (secret === '') throw new ConfigFileError('names an empty file');
  return secret;
}

/** Certificates as PEM, as they are. */
export function readCertificates(path: string): string {
  const text = content(path);
  if (!text.includes('-----BEGIN CERTIFICATE-----'))
    throw new ConfigFileError('names a file without a certificate (PEM)');
  return text;
}

/** Keys, one a line; empty lines and lines that begin with # are skipped. */
export function readPreviousKeys(path: string): OperatorKey[] {
  return content(path)
    .split(/\r?\n/)
    .flatMap((line, i) => {
      if (line.trim() === '' || line.startsWith('#')) return [];
      try {
        return [parseOperatorKey(line)];
      } catch (error) {
        if (!(error instanceof OperatorKeyError)) throw error;
        throw new ConfigFileError(`names a file whose line ${i + 1} is no key: ${error.message}`);
      }
    });
}

function parsed<T extends z.ZodType>(path: string, shape: T, wanted: string): z.output<T> {
  let value: unknown;
  try {
    value = JSON.parse(content(path));
  } catch (error) {
    if (error instanceof ConfigFileError) throw error;
    throw new ConfigFileError('names a file that is not JSON');
  }
  const result = shape.safeParse(value);
  if (result.success) return result.data;
  const at = result.error.issues[0]?.path.join('.') ?? '';
  throw new ConfigFileError(`names a file that is not ${wanted}${at === '' ? '' : `; what is wrong is at ${at}`}`);
}

function content(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    throw new ConfigFileError('names a file that cannot be read');
  }
}
