import { FailedEntries } from './failed-entries';

describe('what a verbose pg_restore says of entries that failed', () => {
  const read = (text: string): FailedEntries => {
    const failed = new FailedEntries();
    // As it comes: in pieces of any size.
    for (let i = 0; i < text.length; i += 7) failed.read(text.slice(i, i + 7));
    return failed;
  };

  it('names them and their errors', () => {
    const failed = read(
      [
        'pg_restore: while PROCESSING TOC:',
        'pg_restore: from TOC entry 207; 1259 16386 INDEX t_f berkut',
        'pg_restore: error: could not execute query: ERROR:  function f(text) does not exist',
        'Command was: CREATE INDEX t_f ON public.t USING btree (public.f(v));',
        'pg_restore: warning: errors ignored on restore: 1',
        '',
      ].join('\n'),
    );
    expect(failed).toMatchObject({ areAll: true, isHopeless: false });
    expect([...failed.ids]).toEqual([207]);
    expect(failed.errors).toContain('function f(text) does not exist');
  });

  it('finds them where several processes write at once', () => {
    const failed = read(
      [
        'pg_restore:pg_restore: while PROCESSING TOC:',
        ' while PROCESSING TOC:',
        'pg_restore: pg_restore: from TOC entry 207; 1259 16386 INDEX t_f berkut',
        'from TOC entry 208; 1259 16387 INDEX t_u berkut',
        'pg_restore: error: pg_restore: error: could not execute query: ERROR:  one',
        'could not execute query: ERROR:  other',
        'pg_restore: warning: errors ignored on restore: 2',
        '',
      ].join('\n'),
    );
    expect(failed.areAll).toBe(true);
    expect([...failed.ids]).toEqual([207, 208]);
  });
});
