import { Controller, Get, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Audited } from '../audit/audited';
import { present } from '../engine/optional/present';
import { Access } from '../kernel/access/access.decorator';
import { Clock } from '../kernel/clock/clock';
import { DAY_MS } from '../kernel/clock/durations';
import { AppConfig } from '../kernel/config/config';
import { FIRST_STORAGE } from '../kernel/config/first-storage';
import { FurtherStorages } from '../kernel/storage/further-storages';
import { StorageStates } from '../kernel/storage/storage-states';
import { DueRuns } from '../plan/due-runs.service';
import { HistoryDto, HistoryQuery, ScopeListDto, StorageListDto } from './overview.dto';
import { PastBackups } from './past-backups';
import { StoredFilesReader } from './stored-files';

const NOTHING = { bytes: 0, files: 0, damaged: 0, missing: 0 };

/** What one wants to see of all backups at once, for calendars and curves. */
@ApiTags('Backups')
@Controller('backups')
export class OverviewController {
  constructor(
    private readonly backups: PastBackups,
    private readonly files: StoredFilesReader,
    private readonly due: DueRuns,
    private readonly states: StorageStates,
    private readonly further: FurtherStorages,
    private readonly config: AppConfig,
    private readonly clock: Clock,
  ) {}

  @Get('history')
  @Audited('backups.list')
  @Access('backups.read', {
    summary: 'Show the backups of the last days, a little of each',
    response: HistoryDto,
  })
  async history(@Query() { days }: HistoryQuery): Promise<HistoryDto> {
    const since = new Date(this.clock.now().getTime() - days * DAY_MS);
    const [items, missed] = await Promise.all([this.backups.since(since), this.due.givenUpSince(since)]);
    return { items, missed: missed.map((at) => at.toISOString()) };
  }

  @Get('storages')
  @Audited('backups.list')
  @Access('backups.read', {
    summary: 'Show the storages and how full they are',
    description:
      'The numbers of files are those of the catalogue; whether a storage can be written is asked anew twice a minute.',
    response: StorageListDto,
  })
  async storages(): Promise<StorageListDto> {
    const places = this.further.all.map(({ identity }) => identity);
    const [states, files] = await Promise.all([this.states.all(), this.files.byStorage(places)]);
    return {
      items: states.map(({ name, tried }) => {
        const { bytes, files: count, damaged, missing } = files.get(name) ?? NOTHING;
        return {
          ...{ name, kind: this.kindOf(name), reachable: tried !== undefined },
          ...present({ free_bytes: tried?.freeBytes }),
          ...{ used_bytes: bytes, files: count, files_damaged: damaged, files_missing: missing },
        };
      }),
    };
  }

  @Get('scopes')
  @Audited('backups.list')
  @Access('backups.read', {
    summary: 'Show the scopes that backups and restores can have',
    description:
      'Those of BERKUT_BACKUP_SCOPES_FILE, or else those of SCC; and whether there are application files to back up.',
    response: ScopeListDto,
  })
  scopes(): ScopeListDto {
    return {
      items: [...this.config.scopes].map(([name, tables]) => ({ name, tables: [...tables] })),
      has_files: this.config.filesPath !== undefined,
    };
  }

  private kindOf(storage: string): 'directory' | 's3' {
    if (storage === FIRST_STORAGE) return this.config.storage.kind;
    return this.config.furtherStorages.find(({ name }) => name === storage)?.place.kind ?? 'directory';
  }
}
