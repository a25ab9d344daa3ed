import type { Request } from 'express';
import type { AppError } from '../kernel/errors/app-error';
import { callerOf } from '../kernel/request/caller';
import { requestIdOf } from '../kernel/request/request-id';
import { sourceOf } from '../kernel/request/source-address';
import type { AuditAction, AuditResult } from './audit-action';
import type { AuditEntry } from './audit.service';

const actions = new WeakMap<Request, AuditAction>();
const recorded = new WeakSet<Request>();
const remembered = new WeakMap<Request, Readonly<Record<string, unknown>>>();

/** Which action a request is, from the moment its route is known. */
export function rememberAction(request: Request, action: AuditAction): void {
  actions.set(request, action);
}

/** What the record of a request is to tell beyond what its answer shows. */
export function rememberDetails(request: Request, details: Readonly<Record<string, unknown>>): void {
  remembered.set(request, details);
}

/** @returns `undefined` for what is not a route of the API */
export function actionOf(request: Request): AuditAction | undefined {
  return actions.get(request);
}

/** @returns true once for each request: the code that gets true writes the record */
export function claimRecord(request: Request): boolean {
  if (recorded.has(request)) return false;
  recorded.add(request);
  return true;
}

/** The record of a request, with who and where from the request itself. */
export function entryOf(
  request: Request,
  action: AuditAction,
  result: AuditResult,
  details: Readonly<Record<string, unknown>> = {},
): AuditEntry {
  const caller = callerOf(request);
  return {
    actor: caller?.name ?? 'anonymous',
    actorRoles: caller?.roles ?? [],
    sourceIp: sourceOf(request),
    requestId: requestIdOf(request),
    action,
    result,
    resource: resourceOf(request),
    // A caller chooses its own name. Its tokens are bound to its id.
    details: { ...(caller === undefined ? {} : { actor_id: caller.id }), ...details, ...remembered.get(request) },
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

function resourceOf(request: Request): string | undefined {
  const id: unknown = request.params['id'];
  if (typeof id !== 'string' || !/^\d{1,16}$/.test(id)) return undefined;
  return `${/\/restores\/\d+/.test(pathOf(request)) ? 'restore' : 'backup'}/${id}`;
}
