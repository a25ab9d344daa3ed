import { type ExecutionContext, SetMetadata } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { AuditAction } from './audit-action';

const AUDITED = 'berkut:audited';
const reflector = new Reflector();

/** Fields of the JSON body that a request came with. */
export type RequestFields = Readonly<Record<string, unknown>>;

/** What a record tells beyond who did what, when and with which result. `undefined` members are left out. */
export type RecordDetails = Readonly<Record<string, unknown>>;

/** How the requests of a route are recorded. */
export interface AuditedRoute<Answer = unknown> {
  readonly action: AuditAction;
  /** A field of the query that every record of a caller's request tells, refused ones included. */
  readonly field?: string;
  /** Each request has its record, even if it is a read and the same as the one before. */
  readonly isNeverCounted?: boolean;
  /** Requests that change something are counted as reads are: what comes of them in the end has a record of its own. */
  readonly isCounted?: boolean;
  /** What the record of a request that succeeded tells of its answer and of what was asked. */
  details?(answer: Answer, asked: RequestFields): RecordDetails;
}

type HandlerOf<Answer> = (...args: never[]) => Answer | Promise<Answer>;

/**
 * The action under which the requests of a route are recorded, and what their records tell beyond it. A handler that knows
 * more than its answer shows sets `recordDetails` of the request's context.
 */
export function Audited<Answer>(action: AuditAction, options: Omit<AuditedRoute<Answer>, 'action'> = {}) {
  const route: AuditedRoute<Answer> = { action, ...options };
  return <Handler extends HandlerOf<Answer>>(
    target: object,
    name: string,
    handler: TypedPropertyDescriptor<Handler>,
  ): void => void SetMetadata(AUDITED, route)(target, name, handler);
}

/** @returns `undefined` for what is not a route of the API */
export function auditedRouteOf(context: ExecutionContext | undefined): AuditedRoute | undefined {
  return context && reflector.get<AuditedRoute | undefined>(AUDITED, context.getHandler());
}
