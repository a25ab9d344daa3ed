import type { DynamicModule } from '@nestjs/common';
import type { IncomingMessage } from 'node:http';
import type { Options } from 'pino-http';
import { LoggerModule } from 'nestjs-pino';
import { visibleJson } from '../../engine/bytes/visible-text';
import type { LogLevel } from '../config/config';
import { contextOf } from '../request/request-context';
import { loggable } from './loggable';

/** pino's number for the level. */
const INFO = 30;

/** Fields that never reach a log line, wherever in an object they are. */
const SECRET_FIELDS = ['password', 'secret', 'token', 'authorization', 'cookie', 'key', 'url', 'connectionString'];

/** Nest logs at every start what it has put together. A reader of the logs can do nothing with it. */
const NOISE: ReadonlySet<unknown> = new Set(['InstanceLoader', 'RoutesResolver', 'RouterExplorer']);

/** Structured logs, one line a request with its id, and nothing that could be a secret. */
export function loggingModule(level: LogLevel): DynamicModule {
  return LoggerModule.forRoot({ pinoHttp: logOptions(level) });
}

/** How lines are made and what of them is left out. */
export function logOptions(level: LogLevel) {
  return {
    level,
    genReqId: (request) => contextOf(request).id,
    redact: { paths: SECRET_FIELDS.flatMap((field) => [field, `*.${field}`, `*.*.${field}`]), censor: '[redacted]' },
    serializers: {
      req: (request: { id: unknown; method: string; url: string }) => ({
        id: request.id,
        method: request.method,
        // A query may hold a secret that a user pasted into the wrong field.
        path: request.url.split('?')[0],
      }),
      res: (response: { statusCode: number }) => ({ statusCode: response.statusCode }),
      err: loggable,
    },
    hooks: {
      streamWrite: visibleJson,
      logMethod(args, method, logLevel) {
        const [fields] = args as unknown[];
        const context =
          typeof fields === 'object' && fields !== null && 'context' in fields ? fields.context : undefined;
        if (logLevel > INFO || !NOISE.has(context)) method.apply(this, args);
      },
    },
    customProps: (request: IncomingMessage) => ({ caller: contextOf(request).caller?.name }),
    // The filter of errors has a line for each request that is refused or fails; this one is for those who look at all.
    customLogLevel: (_request, _response, error) => (error === undefined ? 'debug' : 'warn'),
  } satisfies Options;
}
