import { UsageError } from '../terminal/exit-code';
import { type ExtractOptions, extractRequest } from './extract-request';

describe('extractRequest', () => {
  it('is a stream, or the rows of a table as the text of COPY when no other format is asked for', () => {
    expect(extractRequest('schema', { to: 'there' })).toEqual({ kind: 'stream', what: 'schema', directory: 'there' });
    const table = { kind: 'table', table: 'events', file: undefined };
    expect(extractRequest(undefined, { table: 'events' })).toEqual({ ...table, format: 'copy' });
    const options: ExtractOptions = { table: 'events', format: 'csv', output: 'events.csv' };
    expect(extractRequest(undefined, options)).toEqual({ ...table, format: 'csv', file: 'events.csv' });
  });

  it.each<[string | undefined, ExtractOptions, string]>([
    [undefined, {}, 'nothing to extract: name a stream, or sql, or give --table'],
    ['schema', { table: 'events' }, 'either schema or --table: one thing is extracted at a time'],
    ['schema', { format: 'csv' }, '--format and --output need --table'],
    ['schema', { output: 'file' }, '--format and --output need --table'],
    [undefined, { table: 'events', to: '.' }, '--to is for streams: give --output FILE for the rows of a table'],
  ])('refuses %s with %j', (what, options, message) => {
    expect(() => extractRequest(what, options)).toThrow(new UsageError(message));
  });
});
