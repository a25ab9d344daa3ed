import type { NestExpressApplication } from '@nestjs/platform-express';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import type { NextFunction, Request, Response } from 'express';
import helmet from 'helmet';
import { Logger } from 'nestjs-pino';
import { AppConfig } from '../config/config';
import { SESSION_COOKIE } from '../access/session-cookies';
import { ErrorDto } from '../errors/error.dto';
import { APPLICATION } from '../config/version';
import { addAnswerExamples } from './answer-examples';
import { jsonBody } from './json-body';
import { requestIdMiddleware } from '../request/request-id';
import { noteSource } from '../request/note-source';
import { requestValidation } from './validation.pipe';
import { wellFormed } from './well-formed';

/** Swagger UI brings its own scripts and styles, a few of them inline styles; nothing comes from elsewhere. */
const CONTENT_SECURITY_POLICY = {
  useDefaults: false,
  directives: {
    defaultSrc: ["'none'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'", "'unsafe-inline'"],
    imgSrc: ["'self'", 'data:'],
    fontSrc: ["'self'"],
    connectSrc: ["'self'"],
    baseUri: ["'none'"],
    formAction: ["'none'"],
    frameAncestors: ["'none'"],
  },
};

/** All that an application needs around its modules. `bodyParser: false` must have been given when it was created. */
export function configureApp(app: NestExpressApplication): void {
  app.useLogger(app.get(Logger));
  app.setGlobalPrefix('api');
  app.disable('x-powered-by');
  app.disable('etag');
  app.use(noteSource(app.get(AppConfig).http.trustedProxies));
  app.use(requestIdMiddleware);
  app.use(helmet({ contentSecurityPolicy: CONTENT_SECURITY_POLICY, strictTransportSecurity: false }));
  app.use(noStore);
  app.use(wellFormed);
  app.use(jsonBody());
  app.useGlobalPipes(requestValidation());
  setUpSwagger(app);
}

/** Answers hold tokens and what only the caller may know; a download says itself how long it is good. */
function noStore(_request: Request, response: Response, next: NextFunction): void {
  response.setHeader('Cache-Control', 'no-store');
  next();
}

function setUpSwagger(app: NestExpressApplication): void {
  const document = new DocumentBuilder()
    .setTitle('Berkut SCC Backups')
    .setDescription(
      'Encrypted backups of the SCC database, and restores. Press *Authorize* and paste a token; every route says which permission it needs. ' +
        'While a restore runs every route answers 503 but `GET /api/backups/restores/{id}`.',
    )
    .setVersion(APPLICATION.version)
    .addTag('Backups', 'Make, list, fetch and remove backups.')
    .addTag('Restore', 'Check a backup, rehearse it, restore it, and go back.')
    .addTag('Integrity', 'Whether the newest backup can be restored, and when that was last proven.')
    .addTag('Plan', 'When backups are made, and which of them stay.')
    .addTag('Audit', 'Who has done what, and whether the log is whole.')
    .addTag('Session', 'Who is calling; cookies for browsers.')
    .addBearerAuth()
    .addCookieAuth(SESSION_COOKIE, undefined, SESSION_COOKIE)
    .build();
  const describe = (): OpenAPIObject =>
    addAnswerExamples(SwaggerModule.createDocument(app, document, { extraModels: [ErrorDto] }));
  SwaggerModule.setup('api/docs', app, describe, {
    jsonDocumentUrl: 'api/docs-json',
    customSiteTitle: 'Berkut SCC Backups',
    swaggerOptions: {
      persistAuthorization: false,
      tryItOutEnabled: true,
      displayRequestDuration: true,
      // The schemas below the routes fill the page; they are folded.
      defaultModelsExpandDepth: 0,
    },
  });
}
