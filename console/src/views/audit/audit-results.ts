import type { AuditRecord } from '../../api/types';
import type { Tone } from '../../components/status-badge';

export type AuditResult = AuditRecord['result'];

export const RESULT_TONES: Readonly<Record<AuditResult, Tone>> = {
  success: 'good',
  failed: 'bad',
  denied: 'warning',
  requested: 'warning',
  queued: 'neutral',
  canceled: 'neutral',
  not_found: 'neutral',
};

export const RESULTS: readonly AuditResult[] = [
  'success',
  'failed',
  'denied',
  'requested',
  'queued',
  'canceled',
  'not_found',
];
