import { type Finding, problem } from '../../findings/finding';
import { isOlderSchema, type SchemaVersion, schemaProblems, versionProblems, type Versions } from './version-findings';

/** A backup of PostgreSQL 15, made by its own tools, beside the same of here. */
const versions = (changes: {
  server?: number;
  tool?: number;
  backup?: number;
  dump?: string;
  facts?: Versions['facts'];
}): Versions => ({
  server: { server_version_num: changes.server ?? 150_004 },
  tools: { versionNum: changes.tool ?? 150_014 },
  index: {
    database: { server_version_num: changes.backup ?? 150_014 },
    tools: { pg_dump: changes.dump ?? '15.14 (Debian 15.14-1)' },
  },
  facts: changes.facts ?? { serverMajor: 15, dumpMajor: 15 },
});

describe('the versions of a backup and of where it is to be restored', () => {
  it.each<[string, Versions, Finding[]]>([
    ['are the same', versions({}), []],
    ['differ in the minor version', versions({ server: 150_000, tool: 150_001 }), []],
    ['are newer here', versions({ server: 170_000, tool: 180_000 }), []],
    [
      'are newer there',
      versions({ server: 140_011 }),
      [problem('server.older_than_backup', { server: 14, backup: 15 })],
    ],
    [
      'are of older tools here',
      versions({ tool: 140_011 }),
      [problem('tools.older_than_dump', { tool: 14, dump: 15 })],
    ],
    [
      'are newer there, tools included',
      versions({ backup: 170_001, dump: '17.1' }),
      [
        problem('server.older_than_backup', { server: 15, backup: 17 }),
        problem('tools.older_than_dump', { tool: 15, dump: 17 }),
      ],
    ],
    [
      'are said by the archive alone, as in version 1',
      versions({ backup: 0, dump: '', facts: { serverMajor: 16, dumpMajor: 17 } }),
      [
        problem('server.older_than_backup', { server: 15, backup: 16 }),
        problem('tools.older_than_dump', { tool: 15, dump: 17 }),
      ],
    ],
  ])('%s', (_, compared, found) => {
    expect(versionProblems(compared)).toEqual(found);
  });

  it.each<[SchemaVersion, SchemaVersion, boolean]>([
    [5, 4, true],
    [5, 5, false],
    [4, 5, false],
    [0, 0, false],
    ['5', '4', false],
    [5, '4', false],
    [undefined, 4, false],
    [5, undefined, false],
  ])('with the schema %s in the backup and %s in the target', (backup, target, isNewer) => {
    const found = isNewer ? [problem('target.older_schema', { backup: Number(backup), target: Number(target) })] : [];
    expect(schemaProblems(backup, target)).toEqual(found);
    expect(isOlderSchema(target, backup)).toBe(isNewer);
  });
});
