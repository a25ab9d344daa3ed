import type { Response } from 'express';
import type { RecordDetails } from '../../audit/audited';
import { RestoreRunDto, type RestoreStartedDto } from './restore.dto';
import type { RestoreRunEntity } from '../record/restore-run.entity';

/** The answer to whatever starts a run: where to watch it, and how it stands. */
export function sendStarted(run: RestoreRunEntity, response: Response): RestoreStartedDto {
  response.location(`/api/backups/restores/${run.id}`);
  return { restore_id: run.id, item: RestoreRunDto.from(run, { causes: true }) };
}

/** What the record of a request tells that has started a run. */
export function startedRun({ restore_id }: RestoreStartedDto): RecordDetails {
  return { restore_id };
}
