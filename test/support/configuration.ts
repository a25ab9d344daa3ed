import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError } from '../../src/kernel/config/config-error';
import { parseConfig } from '../../src/kernel/config/parse-config';

export const KEY = '00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff';

/** All that has to be configured outside of development. */
export const COMPLETE = {
  APP_ENV: 'prod',
  BERKUT_DB_URL: 'postgres://scc:pw-target@db.example/scc',
  BERKUT_BACKUP_CONTROL_DB_URL: 'postgres://scc:pw-control@db.example/scc_backups',
  BACKUP_ENCRYPTION_KEY: KEY,
  BERKUT_AUTH_JWT_SECRET: 'a secret of thirty-two bytes or more',
};

let directory: string | undefined;
let files = 0;
afterAll(() => {
  if (directory !== undefined) rmSync(directory, { recursive: true });
});

/** A file of its own with this content, which goes away with the tests. */
export function file(content: string): string {
  directory ??= mkdtempSync(join(tmpdir(), 'berkut-config-'));
  const path = join(directory, `file-${(files += 1)}`);
  writeFileSync(path, content);
  return path;
}

/** What the configuration is refused with. */
export function problemsOf(environment: Record<string, string>): string {
  try {
    parseConfig(environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error('the configuration was taken');
}
