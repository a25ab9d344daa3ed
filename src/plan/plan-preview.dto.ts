import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import type { BackupVerdict } from '../backups/retention/backup-verdict';
import { RETENTION_REASONS, type RetentionReason } from '../backups/retention/retention';
import { withOffset } from '../kernel/clock/local-time';
import { FIRST_STORAGE } from '../kernel/config/first-storage';
import { WholeNumber } from '../kernel/http/whole-number';

/** Query of `GET /api/backups/plan/preview`. */
export class PreviewQuery {
  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: 100, default: 10 })
  @WholeNumber(1, 100)
  runs = 10;
}

export class NextRunDto {
  @ApiProperty({ format: 'date-time', description: 'When.' })
  at!: string;

  @ApiProperty({ example: '2026-03-29T03:00:00+03:00', description: 'By the clocks of the plan’s zone.' })
  local!: string;

  static from(at: Date, timeZone: string): NextRunDto {
    return { at: at.toISOString(), local: withOffset(at, timeZone) };
  }
}

/** What becomes of a backup's file in one storage. */
export class FileVerdictDto {
  @ApiProperty({ example: 'offsite', description: '`first`, or the name of a further storage.' })
  storage!: string;

  @ApiProperty({ enum: ['keep', 'remove'], description: 'What retention would do now.' })
  decision!: 'keep' | 'remove';

  @ApiProperty({ enum: RETENTION_REASONS, example: 'recent', description: 'Why.' })
  reason!: RetentionReason;
}

export class RetentionVerdictDto {
  @ApiProperty({ description: 'The backup.' })
  backup_id!: number;

  @ApiProperty({ enum: ['keep', 'remove'], description: 'What retention would do now.' })
  decision!: 'keep' | 'remove';

  @ApiProperty({ enum: RETENTION_REASONS, example: 'among_the_last', description: 'Why.' })
  reason!: RetentionReason;

  @ApiPropertyOptional({
    type: [FileVerdictDto],
    description: 'Where there are further storages: each that has the file, or is to have it.',
  })
  storages?: FileVerdictDto[];

  static from({ id, keep, reason, files }: BackupVerdict): RetentionVerdictDto {
    const storages = files.map((file) => ({
      storage: file.storage,
      decision: decisionOf(file),
      reason: file.reason,
    }));
    return {
      backup_id: id,
      decision: decisionOf({ keep }),
      reason,
      ...(storages.some(({ storage }) => storage !== FIRST_STORAGE) ? { storages } : {}),
    };
  }
}

/** What the plan would do. */
export class PlanPreviewDto {
  @ApiProperty({ description: 'While it is false, the rest is what would be done if the plan were on.' })
  enabled!: boolean;

  @ApiProperty({ type: [NextRunDto], description: 'One that is to be made up for or tried again included.' })
  next_runs!: NextRunDto[];

  @ApiProperty({ type: [RetentionVerdictDto], description: 'Every backup, newest first.' })
  retention!: RetentionVerdictDto[];
}

function decisionOf({ keep }: { keep: boolean }): 'keep' | 'remove' {
  return keep ? 'keep' : 'remove';
}
