import { problem, reported, warning } from '../../engine/findings/finding';
import { CompatibilityDto } from './compatibility.dto';

describe('what the check before a restore found, as it is sent', () => {
  it('has codes, and the sentences under the names that clients of earlier versions read', () => {
    const kept = {
      strategy: 'swap' as const,
      serverVersion: '16.4',
      backupServerVersion: '15.8',
      targetSchemaVersion: undefined,
      backupSchemaVersion: 7,
      isOlderSchema: false,
      missingExtensions: ['postgis'],
      missingRoles: [],
      notRehearsed: [],
      canCreateDatabases: true,
      ownership: 'keep' as const,
      findings: [
        problem('extension.unavailable', { extension: 'postgis' }),
        warning('target.schema_version_unknown'),
      ].map(reported),
    };
    expect(CompatibilityDto.from(kept)).toEqual({
      strategy: 'swap',
      server_version: '16.4',
      backup_server_version: '15.8',
      backup_schema_version: 7,
      is_older_schema: false,
      missing_extensions: ['postgis'],
      missing_roles: [],
      can_create_databases: true,
      ownership: 'keep',
      problems: ['the extension postgis is not available on the server'],
      warnings: ['the target accepts no connections: its schema version is not known'],
      findings: [
        {
          code: 'extension.unavailable',
          severity: 'problem',
          message: 'the extension postgis is not available on the server',
          names: { extension: 'postgis' },
        },
        {
          code: 'target.schema_version_unknown',
          severity: 'warning',
          message: 'the target accepts no connections: its schema version is not known',
        },
      ],
    });
  });

  it('is sent as it was kept by an earlier version', () => {
    const kept = { server_version: '15.8', problems: ['the target accepts no connections'], warnings: [] };
    expect(CompatibilityDto.from(kept)).toEqual(kept);
  });
});
