import type { Request } from 'express';
import type { AppError } from '../kernel/errors/app-error';
import { contextOf } from '../kernel/request/request-context';
import type { AuditAction, AuditResult } from './audit-action';
import type { AuditEntry } from './audit.service';
import { auditedRouteOf, type RecordDetails } from './audited';

/** Enough for the quoted name of a table and its schema. */
const FIELD_CHARACTERS = 300;

/** @returns true once for each request: the code that gets true writes the record */
export function claimRecord(request: Request): boolean {
  const context = contextOf(request);
  if (context.isRecorded) return false;
  context.isRecorded = true;
  return true;
}

/** The record of a request, with who and where from the request itself. */
export function entryOf(
  request: Request,
  action: AuditAction,
  result: AuditResult,
  details: RecordDetails = {},
): AuditEntry {
  const { id, source, caller, recordDetails, route } = contextOf(request);
  return {
    actor: caller?.name ?? 'anonymous',
    actorRoles: caller?.roles ?? [],
    sourceIp: source,
    requestId: id,
    action,
    result,
    resource: resourceOf(request),
    // A caller chooses its own name. Its tokens are bound to its id.
    details: {
      actor_id: caller?.id,
      // What strangers ask for is not recorded: they may ask for anything.
      ...(caller === undefined ? {} : askedField(request, auditedRouteOf(route)?.field)),
      ...details,
      ...recordDetails,
    },
  };
}

/** The whole path, without the query: `request.path` is what the router has left of it. */
export function pathOf(request: Request): string {
  return request.originalUrl.split('?')[0] ?? '';
}

/** What an error means for the log. */
export function resultOf(error: AppError): AuditResult {
  if (error.status === 401 || error.status === 403) return 'denied';
  return error.status === 404 ? 'not_found' : 'failed';
}

/** As it was sent, as far as a record can hold it. Not yet validated: refused requests are recorded, too. */
function askedField(request: Request, field: string | undefined): RecordDetails {
  const value: unknown = field === undefined ? undefined : request.query[field];
  if (field === undefined || typeof value !== 'string') return {};
  return { [field]: value.slice(0, FIELD_CHARACTERS).replaceAll('\0', '').toWellFormed() };
}

function resourceOf(request: Request): string | undefined {
  const id: unknown = request.params['id'];
  if (typeof id !== 'string' || !/^\d{1,16}$/.test(id)) return undefined;
  return `${/\/restores\/\d+/.test(pathOf(request)) ? 'restore' : 'backup'}/${id}`;
}
