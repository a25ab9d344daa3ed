import { ApiProperty, ApiPropertyOptional, PickType } from '@nestjs/swagger';
import type { ErrorCode } from '../../kernel/errors/error-table';
import {
  BACKUP_SOURCES,
  BACKUP_TRIGGERS,
  type BackupEntity,
  type BackupSource,
  type BackupTrigger,
} from '../catalogue/backup.entity';
import { COPY_STATES } from '../catalogue/backup-file.entity';
import type { FileView } from '../catalogue/backup-places';
import { whatIsWrong } from '../catalogue/file-faults';
import type { BackupMeta } from '../catalogue/backup-meta';
import type { KeyRing } from '../../engine/container/keys/key-ring';
import { present } from '../../engine/optional/present';
import { errorFields, RunStateDto } from './run-state.dto';

/** A storage, and what is known of the file of a backup there. */
export class FileDto {
  @ApiProperty({ example: 'first', description: '`first`, or the name of a further storage.' })
  storage!: string;

  @ApiProperty({
    enum: [...COPY_STATES, 'changed'],
    example: 'present',
    description:
      '`pending` and `copying`: not there yet. `missing`, `changed` and `damaged`: no longer there as it was. `removing` and `expired`: the retention of the storage does not keep it.',
  })
  state!: FileView['state'];

  @ApiPropertyOptional({ description: 'Why it is not there: what the latest attempt failed with. It is tried again.' })
  error_code?: string;

  @ApiPropertyOptional({
    type: String,
    format: 'date-time',
    description: 'When it was last read in full and had its checksum.',
  })
  verified_at?: string;

  static from({ storage, state, errorCode, verifiedAt }: FileView): FileDto {
    return { storage, state, ...present({ error_code: errorCode, verified_at: verifiedAt?.toISOString() }) };
  }
}

/** A backup as clients see it. Never a server path. */
export class BackupDto extends RunStateDto {
  @ApiProperty({ example: 12, description: 'The same as `id`.' })
  run_id!: number;

  @ApiProperty({ enum: BACKUP_SOURCES, description: 'Made here, or brought in.' })
  source!: BackupSource;

  @ApiProperty({ enum: BACKUP_TRIGGERS, description: 'What it was made for.' })
  trigger!: BackupTrigger;

  @ApiPropertyOptional({ description: 'SHA-256 of the file, hex.' })
  checksum?: string;

  @ApiPropertyOptional({ description: 'Name of the imported file.' })
  origin_filename?: string;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    description:
      'Of one backup, for callers with `backups.restore`: what the server, a program or the system said (`message`, `sqlstate`, `schema`, `table`, `tool`, `errno`, `where`).',
  })
  error_cause?: Record<string, unknown>;

  @ApiProperty({ description: 'Retention never removes a pinned backup.' })
  pinned!: boolean;

  @ApiPropertyOptional({ format: 'date-time', description: 'When a rehearsal last restored it.' })
  verified_at?: string;

  @ApiPropertyOptional({
    type: [FileDto],
    description: 'Of one backup, where there are further storages: what each has of it.',
  })
  files?: FileDto[];

  @ApiProperty({ type: 'object', additionalProperties: true, description: 'What the container says of itself.' })
  meta_json!: BackupMeta;

  /** @param ring when given, a backup that it does not open says which key it needs */
  static from(backup: BackupEntity, ring?: KeyRing): BackupDto {
    const isOver = backup.finishedAt !== null;
    return {
      id: backup.id,
      run_id: backup.id,
      source: backup.source,
      trigger: backup.trigger,
      status: backup.status,
      ...present({
        size_bytes: backup.sizeBytes,
        checksum: backup.checksum,
        filename: backup.storageName,
        origin_filename: backup.originFilename,
      }),
      requested_by: backup.requestedBy,
      ...(missingKeyFields(backup, ring) ?? errorFields(whatIsWrong(backup))),
      pinned: backup.pinned,
      ...present({ verified_at: backup.verifiedAt?.toISOString(), progress: isOver ? undefined : backup.progress }),
      created_at: backup.createdAt.toISOString(),
      updated_at: backup.updatedAt.toISOString(),
      ...present({ finished_at: backup.finishedAt?.toISOString() }),
      meta_json: metaWithLabel(backup),
    };
  }
}

/** Another view of a backup's row: the making of it. */
export class RunDto extends PickType(BackupDto, [
  'id',
  'status',
  'size_bytes',
  'checksum',
  'filename',
  'error_code',
  'error_message',
  'meta_json',
  'created_at',
  'updated_at',
]) {
  @ApiProperty({ example: 12, description: 'The backup.' })
  artifact_id!: number;

  static from(backup: BackupEntity): RunDto {
    const { id, status, size_bytes, checksum, filename, error_code, error_message, meta_json, created_at, updated_at } =
      BackupDto.from(backup);
    return {
      id,
      artifact_id: id,
      status,
      ...present({ size_bytes, checksum, filename, error_code, error_message }),
      meta_json,
      created_at,
      updated_at,
    };
  }
}

/** `GET /api/backups`. */
export class BackupListDto {
  @ApiProperty({ type: [BackupDto], description: 'Those of this page, newest first unless sorted otherwise.' })
  items!: BackupDto[];

  @ApiProperty({ description: 'How many there are without limit and offset.' })
  total!: number;
}

/** `GET /api/backups/{id}`. */
export class BackupItemDto {
  @ApiProperty({ type: BackupDto })
  item!: BackupDto;
}

/** `POST /api/backups/import`. */
export class BackupImportedDto extends BackupItemDto {
  @ApiProperty({ type: [String], description: 'What to know before it is restored.' })
  warnings!: string[];
}

/** `POST /api/backups`. */
export class BackupStartedDto {
  @ApiProperty({ type: RunDto })
  run!: RunDto;

  @ApiProperty({ type: BackupDto })
  artifact!: BackupDto;
}

/** `DELETE /api/backups/{id}`. */
export class BackupRemovedDto {
  @ApiProperty({ example: true, description: 'It is gone.' })
  ok!: true;
}

function missingKeyFields(
  { status, keyId }: BackupEntity,
  ring: KeyRing | undefined,
): ReturnType<typeof errorFields> | undefined {
  if (status !== 'success' || keyId === null || ring === undefined || ring.find(keyId) !== undefined) return undefined;
  const code: ErrorCode = 'backups.decrypt_failed';
  return { error_code: code, error_message: `It needs key ${keyId}; the key ring has ${ring.ids().join(', ')}.` };
}

/** The container says what it was called when it was made; people may have renamed it since. */
function metaWithLabel(backup: BackupEntity): BackupMeta {
  const { backup_label: _label, ...meta } = backup.meta ?? {
    includes_files: backup.includeFiles,
    backup_scope: backup.scope,
  };
  return { ...meta, ...present({ backup_label: backup.label }) };
}
