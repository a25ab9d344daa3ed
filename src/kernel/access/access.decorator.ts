import { applyDecorators, HttpCode, HttpStatus, SetMetadata, type Type } from '@nestjs/common';
import { ApiBearerAuth, ApiCookieAuth, ApiOperation, ApiProduces, ApiResponse } from '@nestjs/swagger';
import { present } from '../../engine/optional/present';
import { type ErrorCode, ERRORS } from '../errors/error-table';
import { SESSION_COOKIE } from './session-cookies';
import { AUTHENTICATED, PUBLIC, type RouteAccess } from '../request/permissions';

/** Metadata key read by the guard. */
export const PERMISSION = 'berkut:permission';

/** What a route says of itself: who may use it, and what the API document shows. */
export interface AccessOptions {
  summary: string;
  description?: string;
  /** 200 unless given. */
  status?: HttpStatus;
  /** Class of the JSON answer. */
  response?: Type;
  /** Other answers that are no errors: status and what it means. They have the class of the first. */
  also?: Readonly<Record<number, string>>;
  /** The answer is a file. */
  binary?: boolean;
  /** Its media type, if the file always has the same. */
  mediaType?: string;
  /** The answer may also be a stream of events, for a client that accepts `text/event-stream`. */
  events?: boolean;
  /** Errors beyond those that every route has. */
  errors?: readonly ErrorCode[];
}

/** Of a route that asks who is calling. */
const OF_CALLERS: readonly ErrorCode[] = ['auth.unauthorized', 'backups.forbidden', 'auth.csrf_invalid'];

const ALWAYS: readonly ErrorCode[] = [
  'backups.invalid_request',
  'app.rate_limited',
  'app.maintenance_mode',
  'backups.storage_unavailable',
  'backups.internal',
];

/** One decorator for permission, status and API document, so that the document cannot drift from the access. */
export function Access(permission: RouteAccess, options: AccessOptions): MethodDecorator {
  const {
    summary,
    description,
    status = HttpStatus.OK,
    response,
    also = {},
    binary = false,
    mediaType = 'application/octet-stream',
    events = false,
    errors = [],
  } = options;
  return applyDecorators(
    SetMetadata(PERMISSION, permission),
    HttpCode(status),
    ...(permission === PUBLIC ? [] : [ApiBearerAuth(), ApiCookieAuth(SESSION_COOKIE)]),
    ApiOperation({
      summary,
      description: [description, `Permission: ${PERMISSION_WORDS.get(permission) ?? `\`${permission}\``}.`]
        .filter((part) => part !== undefined)
        .join('\n\n'),
    }),
    ...(events ? [ApiProduces('application/json', 'text/event-stream')] : []),
    ...(binary ? [ApiProduces(mediaType)] : []),
    ...Object.entries({ [status]: MEANINGS[status] ?? 'Done.', ...also }).map(([number, meaning]) =>
      ApiResponse({ status: Number(number), description: meaning, ...bodyOf(Number(number), { response, binary }) }),
    ),
    ...errorResponses([...ALWAYS, ...(permission === PUBLIC ? [] : OF_CALLERS), ...errors]),
  );
}

const PERMISSION_WORDS: ReadonlyMap<RouteAccess, string> = new Map([
  [AUTHENTICATED, '`none`, but a valid token'],
  [PUBLIC, '`none`, and no token'],
]);

const WITHOUT_BODY: ReadonlySet<number> = new Set([HttpStatus.NOT_MODIFIED, HttpStatus.FOUND]);
const MEANINGS: Readonly<Record<number, string>> = {
  [HttpStatus.ACCEPTED]: 'Begun, not done: it runs in the background, and `Location` names the route to watch.',
  [HttpStatus.CREATED]: 'Made.',
  [HttpStatus.FOUND]: 'The browser goes on to `Location`.',
};

function bodyOf(status: number, { response, binary }: { response: Type | undefined; binary: boolean }): object {
  if (WITHOUT_BODY.has(status)) return {};
  if (binary) return { schema: { type: 'string', format: 'binary' } };
  return present({ type: response });
}

function errorResponses(codes: readonly ErrorCode[]): MethodDecorator[] {
  const byStatus = Map.groupBy(new Set(codes), (code) => ERRORS[code].status);
  return [...byStatus].map(([status, some]) =>
    ApiResponse({
      status,
      description: some.map((code) => `\`${code}\`: ${ERRORS[code].message}`).join('\n\n'),
      content: {
        'application/json': {
          schema: { $ref: '#/components/schemas/ErrorDto' },
          examples: Object.fromEntries(
            some.map((code) => [
              code,
              {
                value: {
                  error: {
                    code,
                    i18n_key: ERRORS[code].i18nKey,
                    message: ERRORS[code].message,
                    request_id: '3f0f6f0e-2f3c-4d7c-9a53-0d8f2b9d7c11',
                  },
                },
              },
            ]),
          ),
        },
      },
    }),
  );
}
