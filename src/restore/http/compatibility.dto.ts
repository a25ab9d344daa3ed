import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import type { FoundName, ReportedFinding, Severity } from '../../engine/findings/finding';
import { RESTORE_FINDINGS } from '../../engine/findings/restore-findings';
import { present } from '../../engine/optional/present';
import { unlessEmpty } from '../../engine/optional/unless-empty';
import type { EarlierCompatibility, KeptCompatibility } from '../record/kept-compatibility';

/** One finding of the check before a restore. */
export class FindingDto implements ReportedFinding {
  @ApiProperty({ enum: Object.keys(RESTORE_FINDINGS), description: 'docs/findings.md lists them.' })
  code!: ReportedFinding['code'];

  @ApiProperty({ enum: ['problem', 'warning'], description: 'A `problem` stops a restore, a `warning` does not.' })
  severity!: Severity;

  @ApiProperty({ example: 'the extension postgis is not available on the server', description: 'It in words.' })
  message!: string;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    example: { extension: 'postgis' },
    description: 'What it is about: texts, numbers and lists of texts, of a list the first 100.',
  })
  names?: Readonly<Record<string, FoundName>>;
}

/** What the check before a restore found. */
export class CompatibilityDto {
  @ApiProperty({ enum: ['swap', 'in_place', 'scoped', 'into'], description: 'How the target would be replaced.' })
  strategy!: KeptCompatibility['strategy'];

  @ApiProperty({ example: '16.4', description: 'Version of the server.' })
  server_version!: string;

  @ApiProperty({ example: '15.8', description: 'Version of the server that the backup was made of.' })
  backup_server_version!: string;

  @ApiPropertyOptional({ type: 'string', description: 'Schema version of the target, a number or a text.' })
  target_schema_version?: number | string;

  @ApiPropertyOptional({ type: 'string', description: 'Schema version of the backup, a number or a text.' })
  backup_schema_version?: number | string;

  @ApiProperty({ description: 'Whether migrations were written after the backup was made.' })
  is_older_schema!: boolean;

  @ApiProperty({ type: [String], description: 'Extensions of the backup that the server does not have.' })
  missing_extensions!: readonly string[];

  @ApiProperty({ type: [String], description: 'Roles of the backup that the server does not have.' })
  missing_roles!: readonly string[];

  @ApiPropertyOptional({ type: [String], description: 'Extensions that a rehearsal leaves out.' })
  not_rehearsed?: readonly string[];

  @ApiProperty({ description: 'Whether the role may create databases.' })
  can_create_databases!: boolean;

  @ApiProperty({ enum: ['keep', 'leave out'], description: 'What becomes of owners and grants.' })
  ownership!: KeptCompatibility['ownership'];

  @ApiProperty({ type: [String], description: 'What is in the way, in words.' })
  problems!: string[];

  @ApiProperty({ type: [String], description: 'What should be known beforehand, in words.' })
  warnings!: string[];

  @ApiPropertyOptional({
    type: [FindingDto],
    description: 'Problems and warnings with their codes; absent for runs of earlier versions.',
  })
  findings?: readonly FindingDto[];

  /** Rows of earlier versions have it as it is sent. */
  static from(kept: KeptCompatibility | EarlierCompatibility): CompatibilityDto | EarlierCompatibility {
    if (!('serverVersion' in kept)) return kept;
    const { findings, targetSchemaVersion, backupSchemaVersion } = kept;
    return {
      strategy: kept.strategy,
      server_version: kept.serverVersion,
      backup_server_version: kept.backupServerVersion,
      ...present({ target_schema_version: targetSchemaVersion, backup_schema_version: backupSchemaVersion }),
      is_older_schema: kept.isOlderSchema,
      missing_extensions: kept.missingExtensions,
      missing_roles: kept.missingRoles,
      ...present({ not_rehearsed: unlessEmpty(kept.notRehearsed) }),
      can_create_databases: kept.canCreateDatabases,
      ownership: kept.ownership,
      problems: messagesOf(findings, 'problem'),
      warnings: messagesOf(findings, 'warning'),
      findings,
    };
  }
}

function messagesOf(findings: readonly ReportedFinding[], severity: Severity): string[] {
  return findings.filter((finding) => finding.severity === severity).map(({ message }) => message);
}
