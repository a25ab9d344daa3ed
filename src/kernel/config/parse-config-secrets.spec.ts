import { COMPLETE, file, problemsOf } from '../../../test/support/configuration';
import { parseDatabaseUrl } from '../../engine/address/parse-database-url';
import { parseConfig } from './parse-config';

describe('secrets of the configuration', () => {
  it('says why a short key is refused', () => {
    const message = problemsOf({ ...COMPLETE, BACKUP_ENCRYPTION_KEY: 'abcdefghijklmnopqrstuvwxyz012345' });
    expect(message).toMatch(/^BACKUP_ENCRYPTION_KEY is no key: .*24 bytes/);
    expect(message).not.toContain('abcdefghij');
  });

  it.each(['BACKUP_ENCRYPTION_KEY', 'BERKUT_BACKUP_ENCRYPTION_KEY'])('names %s when its key is mistyped', (name) => {
    const { BACKUP_ENCRYPTION_KEY: _, ...rest } = COMPLETE;
    const quoted = `"${'ab'.repeat(32)}"`;
    const given = problemsOf({ ...rest, [name]: quoted });
    const inFile = problemsOf({ ...rest, [`${name}_FILE`]: file(`${quoted}\n`) });
    for (const message of [given, inFile]) {
      expect(message).toMatch(/^BACKUP_ENCRYPTION_KEY is no key: The key is in quotes/);
      expect(message).not.toContain('abab');
    }
  });

  it('reads secrets from files, without the line break at the end', () => {
    const { BERKUT_DB_URL: url, BACKUP_ENCRYPTION_KEY: key, ...rest } = COMPLETE;
    const config = parseConfig({
      ...rest,
      BERKUT_DB_URL_FILE: file(`${url}\n`),
      BACKUP_ENCRYPTION_KEY_FILE: file(`${key}\r\n`),
    });
    expect(config.target).toMatchObject(parseDatabaseUrl(url));
    expect(config.keyRing.current.id).toBe(parseConfig(COMPLETE).keyRing.current.id);
    expect(problemsOf({ ...rest, BERKUT_DB_URL: url, BACKUP_ENCRYPTION_KEY_FILE: '/nonexistent' })).toBe(
      'BACKUP_ENCRYPTION_KEY_FILE names a file that cannot be read',
    );
    expect(problemsOf({ ...rest, BERKUT_DB_URL: url, BACKUP_ENCRYPTION_KEY_FILE: file('\n') })).toBe(
      'BACKUP_ENCRYPTION_KEY_FILE names an empty file',
    );
  });

  it('reads previous keys, and names the line of a bad one', () => {
    const other = 'ff'.repeat(32);
    const config = parseConfig({ ...COMPLETE, BERKUT_BACKUP_PREVIOUS_KEYS_FILE: file(`# older\n\n${other}\n`) });
    expect(config.keyRing.ids()).toHaveLength(2);
    expect(problemsOf({ ...COMPLETE, BERKUT_BACKUP_PREVIOUS_KEYS_FILE: file(`${other}\nshort\n`) })).toMatch(
      /^BERKUT_BACKUP_PREVIOUS_KEYS_FILE names a file whose line 2 is no key/,
    );
    expect(problemsOf({ ...COMPLETE, BERKUT_BACKUP_PREVIOUS_KEYS_FILE: file(`${other} # of 2025\n`) })).toMatch(
      /^BERKUT_BACKUP_PREVIOUS_KEYS_FILE names a file whose line 1 is no key: The key has a comment after it/,
    );
  });
});
