import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ALERTS, type AlertName } from '../../alerts/alert';
import type { Integrity } from '../integrity/integrity';
import type { LeftoverView } from '../leftovers/leftovers';

/** Something that is wrong now. */
export class AlertDto {
  @ApiProperty({ enum: ALERTS, description: 'Name of the alert.' })
  alert!: AlertName;

  @ApiProperty({ description: 'In words.' })
  message!: string;

  @ApiPropertyOptional({
    example: 'the role may not read the table public.docs, what helps: GRANT SELECT ON TABLE public.docs TO backup',
    description: 'For callers with `backups.restore`: what the server, a program or the system said.',
  })
  cause?: string;

  @ApiProperty({ format: 'date-time', description: 'Since when.' })
  since!: string;
}

/** Something that a run has made, that is needed no longer, and that could not be removed yet. */
export class LeftoverDto implements LeftoverView {
  @ApiProperty({
    enum: ['staging_database', 'scratch_database', 'kept_database', 'readers', 'roles', 'directory', 'files'],
    description: 'What it is.',
  })
  kind!: LeftoverView['kind'];

  @ApiProperty({ example: 'scc_restore_7', description: 'Its name on the server or in the storage.' })
  name!: string;

  @ApiProperty({ example: 7, description: 'The restore run.' })
  run_id!: number;

  @ApiProperty({ format: 'date-time', description: 'Since when.' })
  since!: string;

  @ApiProperty({ example: 3, description: 'How often its removal was tried.' })
  attempts!: number;

  @ApiPropertyOptional({ description: 'What was in the way at the latest attempt.' })
  reason?: string;

  @ApiProperty({ description: 'What an administrator may do about it by hand.' })
  command!: string;

  @ApiProperty({ format: 'date-time', description: 'When its removal is tried again.' })
  next_attempt_at!: string;
}

/** Whether the system is known to be restorable. */
export class IntegrityDto implements Integrity {
  @ApiProperty({
    enum: ['ok', 'warning', 'failed'],
    description: '`ok`: proven restorable, and not too long ago; docs/operations.md.',
  })
  status!: Integrity['status'];

  @ApiProperty({ description: 'Restore tests are scheduled.' })
  enabled!: boolean;

  @ApiProperty({ example: 168, description: 'Hours between scheduled tests.' })
  interval_hours!: number;

  @ApiProperty({ description: 'No restore test has passed within the interval.' })
  overdue!: boolean;

  @ApiPropertyOptional({ description: 'The newest good backup.' })
  last_successful_backup_id?: number;

  @ApiPropertyOptional({ format: 'date-time', description: 'When that was finished.' })
  last_successful_backup_at?: string;

  @ApiPropertyOptional({ description: 'The newest restore test that has ended.' })
  last_restore_test_id?: number;

  @ApiPropertyOptional({ description: 'The backup that it rehearsed.' })
  last_restore_test_backup_id?: number;

  @ApiPropertyOptional({ format: 'date-time', description: 'When it ended.' })
  last_restore_test_at?: string;

  @ApiPropertyOptional({ enum: ['success', 'failed'], description: 'What became of it.' })
  last_restore_test_status?: string;

  @ApiPropertyOptional({ format: 'date-time', description: 'When a restore test last passed.' })
  last_successful_test_at?: string;

  @ApiPropertyOptional({ format: 'date-time', description: 'When one last failed.' })
  last_failed_test_at?: string;

  @ApiPropertyOptional({ format: 'date-time', description: 'When the next one is due.' })
  next_scheduled_test_at?: string;

  @ApiPropertyOptional({ format: 'date-time', description: 'When a backup was last proven to be restorable.' })
  last_proven_restorable_at?: string;

  @ApiPropertyOptional({ description: 'How long the last passed test took, without migrations.' })
  measured_restore_seconds?: number;

  @ApiPropertyOptional({
    example: 'backups.integrity.restoreTestMissing',
    description: 'What is wrong, as a key of the web UI.',
  })
  last_error_i18n_key?: string;

  @ApiProperty({ type: [AlertDto], description: 'What people have been told of and is not over.' })
  alerts!: AlertDto[];

  @ApiProperty({ type: [LeftoverDto], description: 'What runs have left; it is tried again until it is gone.' })
  leftovers!: LeftoverDto[];
}

/** `GET /api/backups/integrity`. */
export class IntegrityItemDto {
  @ApiProperty({ type: IntegrityDto })
  item!: IntegrityDto;
}
