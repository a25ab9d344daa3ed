import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { NoticeTicker } from '../../src/notices/notice-ticker';
import type { IntegrityItemDto } from '../../src/restore/http/integrity.dto';
import { startTestService, type TestService } from '../support/app';
import { testCluster, type TestDatabase, withClient } from '../support/cluster';
import { itLong } from '../support/form';

/** A run, a backup or an alert that failed for a reason which only the server, a program or the system knows. */
describe('the cause of a failure', () => {
  const cluster = testCluster();
  const role = `cause_${randomBytes(4).toString('hex')}`;
  const posted: string[] = [];
  let hook: Server;
  let target: TestDatabase;
  let service: TestService;
  beforeAll(async () => {
    hook = createServer((request, response) => {
      void text(request).then((body) => {
        posted.push(body);
        response.writeHead(204).end();
      });
    }).listen(0, '127.0.0.1');
    await once(hook, 'listening');
    await withClient(cluster.adminUrl, (db) => db.query(`CREATE ROLE ${role} LOGIN CREATEDB PASSWORD 'small'`));
    target = await cluster.createDatabase();
    await withClient(cluster.adminUrl, (db) => db.query(`ALTER DATABASE ${target.name} OWNER TO ${role}`));
    await asAdmin('CREATE TABLE docs (id int PRIMARY KEY); CREATE TABLE "Board Minutes" (id int)');
    // What belongs to the role can be restored by it; what is taken from it can only not be read.
    await asAdmin(`ALTER TABLE docs OWNER TO ${role}; ALTER TABLE "Board Minutes" OWNER TO ${role};
      REVOKE ALL ON "Board Minutes" FROM ${role}`);
    service = await startTestService({
      environment: {
        BERKUT_DB_URL: cluster.url(target.name, role, 'small'),
        BERKUT_BACKUP_RESTORE_STRATEGY: 'in_place',
        BERKUT_NOTICE_WEBHOOK_SECRET: 'a secret for the receiver of notices',
        BERKUT_NOTICE_WEBHOOK_URL: `http://127.0.0.1:${(hook.address() as AddressInfo).port}/`,
      },
    });
  });
  afterAll(async () => {
    await service.stop();
    await target.drop();
    await withClient(cluster.adminUrl, (db) => db.query(`DROP ROLE ${role}`));
    hook.close();
    await once(hook, 'close');
  });

  const asAdmin = (sql: string) => withClient(target.url, (db) => db.query(sql));
  const grant = `GRANT SELECT ON TABLE public."Board Minutes" TO ${role}`;
  /** Everything that a role is answered on these paths, as one text. */
  const shownTo = async (who: string, paths: readonly string[]): Promise<string> => {
    const client = await service.as(who);
    const answers = await Promise.all(
      paths.flatMap((path) => [
        client.fetch('GET', path),
        client.fetch('GET', path, undefined, { Accept: 'text/event-stream' }),
      ]),
    );
    const bodies = await Promise.all(answers.map((answer) => answer.text()));
    return bodies.join('\n');
  };
  /** A cause is for those who could do something about it. */
  const expectSeenByRestorersOnly = async (cause: string, paths: readonly string[]): Promise<void> => {
    for (const [who, sees] of [
      ['superadmin', true],
      ['admin', true],
      ['backup_operator', true],
      ['auditor', false],
    ] as const) {
      const shown = (await shownTo(who, paths)).replaceAll('\\"', '"');
      expect([who, shown.includes(cause)]).toEqual([who, sees]);
    }
  };
  const everyPath = ['/backups', '/backups/restores', '/backups/integrity', '/backups/rescan', '/audit?limit=500'];
  const alerts = async () => (await service.client.get<IntegrityItemDto>('/backups/integrity')).body.item.alerts;
  const notices = (): { data: object }[] => posted.map((body) => JSON.parse(body) as { data: object });
  const tick = (): Promise<void> => service.app.get(NoticeTicker).tick();

  it('of a backup without rights is the tables and the statements that help, in its row, the alert and the notice', async () => {
    const { id, error_code: code } = await service.client.backUp();
    expect(code).toBe('backups.missing_rights');
    const { item } = (await service.client.get(`/backups/${id}`)).body;
    expect(item.error_cause).toEqual({
      message: 'the role may not read the table public."Board Minutes"',
      remedies: [grant],
    });
    await tick();
    const cause = `the role may not read the table public."Board Minutes", what helps: ${grant}`;
    expect(await alerts()).toEqual([expect.objectContaining({ alert: 'backup_failed', cause })]);
    expect(notices()[0]).toMatchObject({ data: { alert: 'backup_failed', cause } });
    await expectSeenByRestorersOnly(grant, [...everyPath, `/backups/${id}`]);
    expect(await shownTo('auditor', [`/backups/${id}`])).not.toContain('remedies');
  });

  itLong('of a restore test is what the server said, in its step, the alert and the notice', async () => {
    await asAdmin(`GRANT ALL ON "Board Minutes" TO ${role}; SET app.checked = 'no';
      CREATE TABLE checked (id int CONSTRAINT only_checked CHECK (coalesce(current_setting('app.checked', true), '') = 'no'));
      ALTER TABLE checked OWNER TO ${role}; INSERT INTO checked VALUES (1)`);
    const { id, status } = await service.client.backUp();
    expect(status).toBe('success');
    const run = await service.client.restore(id, { mode: 'rehearse' }, 'restore/dry-run');
    expect(run.status).toBe('failed');
    const said = 'only_checked';
    await tick();
    expect(await alerts()).toEqual([
      {
        alert: 'restore_test_failed',
        message: expect.stringMatching(/^Restore test \d+ of backup \d+ failed: .+\.$/) as string,
        cause: expect.stringContaining(said) as string,
        since: expect.any(String) as string,
      },
    ]);
    expect(notices().at(-1)).toMatchObject({
      data: { alert: 'restore_test_failed', cause: expect.stringContaining(said) as string },
    });
    await expectSeenByRestorersOnly(said, [...everyPath, `/backups/restores/${run.id}`]);
    await asAdmin('DROP TABLE checked');
  });

  itLong('of a safety backup is that of the restore that needed it', async () => {
    const { id } = await service.client.backUp();
    await asAdmin(
      `CREATE TABLE later (id int); ALTER TABLE later OWNER TO ${role}; REVOKE SELECT ON later FROM ${role}`,
    );
    const run = await service.client.restore(id);
    await asAdmin('DROP TABLE later');
    const failed = run.steps.find(({ status }) => status === 'failed');
    expect(failed?.details).toMatchObject({
      cause: { remedies: [`GRANT SELECT ON TABLE public.later TO ${role}`] },
    });
    await expectSeenByRestorersOnly('public.later', [...everyPath, `/backups/restores/${run.id}`]);
  });

  it('of a file that cannot be taken is where it is broken, and what the system said', async () => {
    await writeFile(join(service.storagePath, 'broken.bscc'), Buffer.alloc(5_000, 1));
    const { unreadable } = await service.client.rescan();
    expect(unreadable).toEqual([
      { filename: 'broken.bscc', error_code: 'backups.invalid_format', reason: 'This is not a .bscc file.' },
    ]);
    await service.query(
      `UPDATE rescan SET result = jsonb_set(result, '{unreadable,0,cause}', '{"where": "storage directory", "errno": "EIO"}')`,
    );
    await expectSeenByRestorersOnly('EIO', everyPath);
  });
});
