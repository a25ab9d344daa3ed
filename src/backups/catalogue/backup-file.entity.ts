import { Column, Entity, PrimaryColumn } from 'typeorm';
import { bigintNumber } from '../../kernel/database/bigint-number';
import type { ErrorCode } from '../../kernel/errors/error-table';

/**
 * `pending`: to be made, or made again. `copying`: a process is at it, or has died. `present`: it has had the checksum. `missing` and
 * `damaged`: a check has found it so, and it is to be made again. `removing` and `expired`: the retention of the storage does not keep it.
 */
export const COPY_STATES = ['pending', 'copying', 'present', 'missing', 'damaged', 'removing', 'expired'] as const;
export type CopyState = (typeof COPY_STATES)[number];

/** The copy of a backup in a further storage. Without a row it is pending. */
@Entity('backup_files')
export class BackupFileEntity {
  @PrimaryColumn({ name: 'backup_id', type: 'bigint', transformer: bigintNumber })
  backupId!: number;

  /** Name of the storage in the configuration. */
  @PrimaryColumn({ type: 'text' })
  storage!: string;

  @Column({ type: 'text' })
  state!: CopyState;

  /** Identity of the place it was copied to, and the name that it has there. Elsewhere, or under another name, there is none. */
  @Column({ type: 'text' })
  place!: string;

  @Column({ name: 'storage_name', type: 'text' })
  storageName!: string;

  /** SHA-256 of the bytes that were copied. A backup whose own is another one has been rekeyed since. */
  @Column({ type: 'text', nullable: true })
  checksum!: string | null;

  /** Failures since it was last present. */
  @Column({ type: 'integer', default: 0 })
  attempts!: number;

  /** Why the latest attempt failed. */
  @Column({ name: 'error_code', type: 'text', nullable: true })
  errorCode!: ErrorCode | null;

  @Column({ name: 'next_try_at', type: 'timestamptz', nullable: true })
  nextTryAt!: Date | null;

  /** When it was last read in full and had the checksum. */
  @Column({ name: 'verified_at', type: 'timestamptz', nullable: true })
  verifiedAt!: Date | null;

  @Column({ name: 'updated_at', type: 'timestamptz' })
  updatedAt!: Date;
}
