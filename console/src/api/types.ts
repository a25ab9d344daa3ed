import type { components } from './schema';

type Schemas = components['schemas'];

export type Backup = Schemas['BackupDto'];
export type RestoreRun = Schemas['RestoreRunDto'];
export type RestoreStep = Schemas['RestoreStepDto'];
export type RunStatus = Backup['status'];
export type Progress = Schemas['ProgressDto'];
export type Integrity = Schemas['IntegrityDto'];
export type Alert = Schemas['AlertDto'];
export type Leftover = Schemas['LeftoverDto'];
export type Plan = Schemas['PlanDto'];
export type PlanChange = Schemas['UpdatePlanDto'];
export type PlanPreview = Schemas['PlanPreviewDto'];
export type AuditRecord = Schemas['AuditRecordDto'];
export type ChainVerdict = Schemas['ChainVerdictDto'];
export type History = Schemas['HistoryDto'];
export type PastBackup = Schemas['PastBackupDto'];
export type StorageRoom = Schemas['StorageDto'];
export type Me = Schemas['MeDto'];
/** Codes of errors of the API, and of runs that failed. */
export type ErrorCode = Schemas['ErrorContentDto']['code'];
