import fc from 'fast-check';
import { AuditLogService } from '../../src/audit/audit-log.service';
import { AuditService } from '../../src/audit/audit.service';
import { startTestService, type TestService } from '../support/app';

/** What a superuser of the database could do to the log. */
describe('an audit log that was tampered with', () => {
  let service: TestService;
  beforeAll(async () => {
    service = await startTestService();
    for (let i = 0; i < 20; i += 1) {
      await service.app.get(AuditService).record({
        actor: `a${i}`,
        actorRoles: ['x'],
        action: 'backups.list',
        result: 'success',
        details: { i, b: { z: 1, a: [1.5, null] } },
      });
    }
    await service.query('ALTER TABLE audit_records DISABLE TRIGGER ALL');
    await service.query('CREATE TABLE kept AS SELECT * FROM audit_records');
  });
  afterAll(() => service.stop());

  /** What a verification says after a change, which is undone. */
  const verdictAfter = async (sql: string): ReturnType<AuditLogService['verify']> => {
    const log = service.app.get(AuditLogService);
    await service.query(sql);
    const verdict = await log.verify();
    await service.query('DELETE FROM audit_records; INSERT INTO audit_records SELECT * FROM kept');
    expect(await log.verify()).toMatchObject({ ok: true, count: 20 });
    return verdict;
  };

  it('shows the first record of which anything at all was changed', async () => {
    const changes = {
      at: `at + interval '1 second'`,
      actor: `actor || 'x'`,
      actor_roles: `array_append(actor_roles, 'admin')`,
      source_ip: `coalesce(source_ip, '') || '1'`,
      request_id: `coalesce(request_id, '') || '1'`,
      action: `'backups.delete'`,
      result: `'denied'`,
      resource: `coalesce(resource, '') || '1'`,
      details: `details || '{"count": 7}'`,
      prev_hash: `md5(prev_hash) || md5(prev_hash)`,
      hash: `md5(hash) || md5(hash)`,
      signature: `md5(signature) || md5(signature)`,
    };
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...Object.entries(changes)),
        fc.uniqueArray(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 3 }),
        async ([column, value], rows) => {
          const changed = `UPDATE audit_records SET ${column} = ${value} WHERE seq IN (${rows.join()})`;
          const { ok, first_broken: found } = await verdictAfter(changed);
          expect([column, ok, found?.seq]).toEqual([column, false, Math.min(...rows)]);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('shows the first record that is missing, moved or put in, wherever that is', async () => {
    const place = fc.integer({ min: 1, max: 20 });
    const copied = `at, actor, actor_roles, source_ip, request_id, action, result, resource, details, prev_hash, hash, signature`;
    const changes = fc.oneof(
      place.map((seq) => ({ sql: `DELETE FROM audit_records WHERE seq = ${seq}`, first: seq })),
      place.map((seq) => ({ sql: `DELETE FROM audit_records WHERE seq >= ${seq}`, first: seq })),
      fc.tuple(place, place).map(([from, to]) => ({
        sql: `UPDATE audit_records SET seq = seq + 1000 WHERE seq >= ${to}; UPDATE audit_records SET seq = seq - 999 WHERE seq >= 1000;
              INSERT INTO audit_records SELECT ${to}, ${copied} FROM audit_records WHERE seq = ${from < to ? from : from + 1}`,
        // A copy of the record that was there is that record; then what follows it is the first that is wrong.
        first: from === to ? to + 1 : to,
      })),
      fc
        .tuple(place, place)
        .filter(([a, b]) => a < b)
        .map(([a, b]) => ({
          sql: `UPDATE audit_records SET seq = 1000 WHERE seq = ${a}; UPDATE audit_records SET seq = ${a} WHERE seq = ${b};
                UPDATE audit_records SET seq = ${b} WHERE seq = 1000`,
          first: a,
        })),
    );
    await fc.assert(
      fc.asyncProperty(changes, async ({ sql, first }) => {
        const { ok, first_broken: found } = await verdictAfter(sql);
        expect([sql, ok, found?.seq]).toEqual([sql, false, first]);
      }),
      { numRuns: 40 },
    );
  });

  it.each([
    [
      'a changed actor',
      `UPDATE audit_records SET actor = 'somebody else' WHERE seq = 4`,
      { seq: 4, reason: 'changed' },
    ],
    ['a changed detail', `UPDATE audit_records SET details = '{"i": 99}' WHERE seq = 4`, { seq: 4, reason: 'changed' }],
    [
      'a changed time',
      `UPDATE audit_records SET at = at + interval '1 ms' WHERE seq = 4`,
      { seq: 4, reason: 'changed' },
    ],
    ['a missing record', 'DELETE FROM audit_records WHERE seq = 4', { seq: 4, reason: 'missing' }],
    [
      'a removed and renumbered record',
      'DELETE FROM audit_records WHERE seq = 4; UPDATE audit_records SET seq = 4 WHERE seq = 10',
      { seq: 4, reason: 'changed' },
    ],
    [
      'two exchanged records',
      'UPDATE audit_records SET seq = CASE seq WHEN 4 THEN 1005 WHEN 5 THEN 1004 END WHERE seq IN (4, 5); UPDATE audit_records SET seq = seq - 1000 WHERE seq > 1000',
      { seq: 4, reason: 'changed' },
    ],
    [
      'a forged signature',
      `UPDATE audit_records SET signature = repeat('0', 64) WHERE seq = 4`,
      { seq: 4, reason: 'signature' },
    ],
    [
      'an inserted record',
      `INSERT INTO audit_records SELECT 0, at, actor, actor_roles, source_ip, request_id, action, result, resource, details, prev_hash, hash, signature FROM audit_records WHERE seq = 1`,
      { seq: 0, reason: 'out of order' },
    ],
  ])('shows %s', async (_, sql, broken) => {
    const { ok, first_broken: found } = await verdictAfter(sql);
    expect([ok, found]).toEqual([false, broken]);
  });

  it('is told of over HTTP', async () => {
    await service.query(`UPDATE audit_records SET actor = 'somebody else' WHERE seq = 4`);
    const { body } = await service.client.get('/audit/verify');
    expect(body).toMatchObject({ ok: false, first_broken: { seq: 4, reason: 'changed' } });
  });
});
