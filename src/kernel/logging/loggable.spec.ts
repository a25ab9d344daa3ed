import { Writable } from 'node:stream';
import { pinoHttp } from 'pino-http';
import { ToolError } from '../../engine/process/tool-error';
import { loggable } from './loggable';
import { logOptions } from './logging';

describe('a line of the log', () => {
  it('has no character that is not seen', () => {
    const lines: string[] = [];
    const stream = new Writable({
      write(chunk: Buffer, _encoding, done) {
        lines.push(chunk.toString());
        done();
      },
    });
    const { logger } = pinoHttp(logOptions('info'), stream);
    const name = 'a\u001b]52;\u009b\u202e\u200b\nb';
    logger.warn({ table: name }, name);
    expect(lines.join('')).toMatch(/^[^\p{C}]+\n$/u);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ table: name, msg: name });
  });
});

describe('an error in the log', () => {
  it('has what the program wrote and what caused it, without secrets', () => {
    const lines: string[] = [];
    const stream = new Writable({
      write(chunk: Buffer, _encoding, done) {
        lines.push(chunk.toString());
        done();
      },
    });
    const { logger } = pinoHttp({ serializers: { err: loggable } }, stream);
    const written = 'pg_restore: error: permission denied for schema public at postgres://scc:hunter2@db/scc';
    const failed = new ToolError('pg_restore', 1, null, written);
    logger.warn({ err: new Error('the run failed', { cause: failed }) }, 'said');
    const { err } = JSON.parse(lines[0] ?? '') as { err: object };
    expect(err).toMatchObject({
      message: 'the run failed',
      cause: {
        type: 'ToolError',
        message: 'pg_restore ended with exit code 1',
        stderr: expect.stringMatching(/^pg_restore: error: permission denied for schema public/) as unknown,
      },
    });
    expect(lines[0]).not.toContain('hunter2');
  });
});
