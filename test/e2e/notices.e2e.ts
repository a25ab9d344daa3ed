import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';
import type { IntegrityItemDto } from '../../src/restore/integrity.dto';
import { NoticeTicker } from '../../src/notices/notice-ticker';
import { startTestService, type TestService } from '../support/app';
import { withClient } from '../support/cluster';

const SECRET = 'a secret for the receiver of notices';

interface Posted {
  headers: IncomingHttpHeaders;
  body: string;
}

/** Takes notices over HTTP; the answers are what the test says, then 204. */
async function receiver() {
  const posted: Posted[] = [];
  const answers: number[] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      posted.push({ headers: request.headers, body });
      const status = answers.shift() ?? 204;
      response.writeHead(status, status === 302 ? { Location: '/elsewhere' } : {}).end();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    posted,
    answers,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook?token=hunter2-url`,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** A mail server that wants a password and keeps what it gets. */
async function mailServer() {
  const mails: { from: string; to: string[]; raw: string }[] = [];
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    onAuth: ({ username, password }, _session, done) =>
      username === 'berkut' && password === 'hunter2-mail' ? done(null, { user: username }) : done(new Error('no')),
    onData(stream, { envelope }, done) {
      void text(stream).then((raw) => {
        const from = envelope.mailFrom === false ? '' : envelope.mailFrom.address;
        mails.push({ from, to: envelope.rcptTo.map(({ address }) => address), raw });
        done();
      });
    },
  });
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  const { port } = server.server.address() as AddressInfo;
  return {
    mails,
    url: `smtp://berkut:hunter2-mail@127.0.0.1:${port}`,
    stop: () => new Promise<void>((resolve) => server.close(resolve)),
  };
}

describe('notices', () => {
  let hook: Awaited<ReturnType<typeof receiver>>;
  let mail: Awaited<ReturnType<typeof mailServer>>;
  let service: TestService;
  beforeEach(async () => {
    hook = await receiver();
    mail = await mailServer();
    service = await startTestService({
      demo: true,
      environment: {
        BERKUT_NOTICE_WEBHOOK_URL: hook.url,
        BERKUT_NOTICE_WEBHOOK_SECRET: SECRET,
        BERKUT_NOTICE_SMTP_URL: mail.url,
        BERKUT_NOTICE_MAIL_FROM: 'backups@berkut.example',
        BERKUT_NOTICE_MAIL_TO: 'admin@berkut.example, night@berkut.example',
        BERKUT_NOTICE_INSTANCE: 'headquarters',
      },
    });
  });
  afterEach(async () => {
    await service.stop();
    await hook.stop();
    await mail.stop();
  });

  const tick = (): Promise<void> => service.app.get(NoticeTicker).tick();
  const told = (): string[] => hook.posted.map(({ body }) => (JSON.parse(body) as { type: string }).type);
  const alerts = async (): Promise<string[]> =>
    (await service.client.get<IntegrityItemDto>('/backups/integrity')).body.item.alerts.map(({ alert }) => alert);
  const breakDumps = (): Promise<unknown> =>
    service.query(`ALTER DATABASE "${service.target.name}" RENAME TO "${service.target.name}_away"`);
  const repairDumps = (): Promise<unknown> =>
    service.query(`ALTER DATABASE "${service.target.name}_away" RENAME TO "${service.target.name}"`);

  it('tells once that a backup failed, and once that it is over, signed and by mail', async () => {
    await tick();
    expect([hook.posted, mail.mails, await alerts()]).toEqual([[], [], []]);
    await breakDumps();
    try {
      await service.client.backUp();
      await service.client.backUp();
    } finally {
      await repairDumps();
    }
    await tick();
    await tick();
    expect(told()).toEqual(['berkut.backups.backup_failed.raised']);
    expect(await alerts()).toEqual(['backup_failed']);
    const [first] = hook.posted;
    const { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature } = first?.headers ?? {};
    const expected = createHmac('sha256', SECRET)
      .update(`${String(id)}.${String(timestamp)}.${String(first?.body)}`)
      .digest('base64');
    expect(signature).toBe(`v1,${expected}`);
    expect(JSON.parse(first?.body ?? '')).toMatchObject({
      data: {
        alert: 'backup_failed',
        state: 'raised',
        instance: 'headquarters',
        message: expect.any(String) as string,
      },
    });
    expect(mail.mails).toHaveLength(1);
    expect(mail.mails[0]).toMatchObject({
      from: 'backups@berkut.example',
      to: ['admin@berkut.example', 'night@berkut.example'],
    });
    expect(mail.mails[0]?.raw).toContain('Subject: [Berkut SCC Backups] headquarters: backup failed');
    for (const said of [first?.body ?? '', mail.mails[0]?.raw ?? '']) {
      expect(said).not.toMatch(/hunter2|postgres:\/\/|\/tmp|127\.0\.0\.1:\d+\/\w*scc/);
    }

    await service.client.backUp();
    await tick();
    await tick();
    expect(told()).toEqual(['berkut.backups.backup_failed.raised', 'berkut.backups.backup_failed.resolved']);
    expect(mail.mails[1]?.raw).toContain('backup failed is over');
    expect(await alerts()).toEqual([]);
    const records = await service.query(
      `SELECT action FROM audit_records WHERE action LIKE 'backups.alert.%' ORDER BY seq`,
    );
    expect(records.map(({ action }) => action)).toEqual(['backups.alert.raised', 'backups.alert.resolved']);
  });

  it('tries again, with growing pauses, as the same notice, and gives up in the end', async () => {
    hook.answers.push(500, 302);
    await service.client.backUp();
    await service.query(`UPDATE backups SET status = 'failed', error_code = 'backups.no_space'`);
    await tick();
    const pause = async (): Promise<number> => {
      const [row] = await service.query(
        `SELECT attempts, extract(epoch FROM next_attempt_at - created_at)::int AS pause FROM notice_deliveries`,
      );
      return Number(row?.['pause']);
    };
    expect(hook.posted).toHaveLength(1);
    expect(mail.mails).toHaveLength(1);
    const firstPause = await pause();
    await tick();
    expect(hook.posted).toHaveLength(1);
    const makeDue = (): Promise<unknown> => service.query(`UPDATE notice_deliveries SET next_attempt_at = created_at`);
    await makeDue();
    await tick();
    expect(hook.posted).toHaveLength(2);
    expect(await pause()).toBeGreaterThan(firstPause);
    await makeDue();
    await tick();
    expect(new Set(hook.posted.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    expect(hook.posted).toHaveLength(3);
    expect(await service.query('SELECT * FROM notice_deliveries')).toEqual([]);

    hook.answers.push(...Array.from({ length: 20 }, () => 500));
    await service.query(`UPDATE backups SET status = 'success', error_code = NULL`);
    for (let i = 0; i < 14; i += 1) {
      await tick();
      await makeDue();
    }
    expect(await service.query('SELECT * FROM notice_deliveries')).toEqual([]);
    expect(hook.posted).toHaveLength(3 + 14);
    expect(mail.mails).toHaveLength(2);
  });

  it('sees a backup that is overdue, and the next one', async () => {
    await service.client.send('PUT', '/backups/plan', '{"enabled": true, "schedule_type": "daily"}');
    await tick();
    expect(await alerts()).toEqual([]);
    await service.query(`UPDATE plan SET effective_from = now() - interval '3 days'`);
    await tick();
    expect(await alerts()).toEqual(['backup_overdue']);
    await service.client.backUp();
    await tick();
    expect(await alerts()).toEqual([]);
    await service.query(`UPDATE backups SET created_at = now() - interval '2 days'`);
    await tick();
    expect(await alerts()).toEqual(['backup_overdue']);
    await service.client.send('POST', '/backups/plan/disable');
    await tick();
    expect(await alerts()).toEqual([]);
  });

  it('sees a backup that is suspiciously small', async () => {
    await service.client.backUp();
    await tick();
    expect(await alerts()).toEqual([]);
    await withClient(service.target.url, (client) => client.query('DROP TABLE incidents CASCADE'));
    await service.client.backUp();
    await tick();
    const { item } = (await service.client.get<IntegrityItemDto>('/backups/integrity')).body;
    expect(item.alerts).toEqual([
      {
        alert: 'backup_suspicious',
        message: expect.stringMatching(
          /^Backup \d+, compared with \d+: .*1 tables are gone \(public\.incidents\)\.$/,
        ) as string,
        since: expect.any(String) as string,
      },
    ]);
    await service.client.backUp();
    await tick();
    expect(await alerts()).toEqual([]);
  });

  it('sees a failed restore test, a retention that fails, and storage that runs out', async () => {
    const { id } = await service.client.backUp();
    const run = await service.client.restore(id, { mode: 'rehearse' }, 'restore/dry-run');
    expect(run.status).toBe('success');
    await service.query(`UPDATE restore_runs SET status = 'failed'`);
    await service.query('UPDATE plan SET retention_failures = 2');
    await service.query(`UPDATE backups SET size_bytes = 1e18`);
    await tick();
    expect((await alerts()).sort()).toEqual(['restore_test_failed', 'retention_failed', 'storage_low']);
    const metrics = await (await fetch(`${service.managementUrl}/metrics`)).text();
    expect(metrics).toContain('berkut_alert_active{alert="storage_low"} 1\n');
    expect(metrics).toContain('berkut_alert_active{alert="backup_failed"} 0\n');
    await service.query(`UPDATE restore_runs SET status = 'success'`);
    await service.query('UPDATE plan SET retention_failures = 0');
    await service.query(`UPDATE backups SET size_bytes = 1`);
    await tick();
    expect(await alerts()).toEqual([]);
  });

  it('tells once although two replicas look', async () => {
    const replica = await startTestService({ beside: service, environment: { BERKUT_NOTICE_INSTANCE: 'other' } });
    try {
      await service.client.backUp();
      await service.query(`UPDATE backups SET status = 'failed', error_code = 'backups.no_space'`);
      for (let i = 0; i < 3; i += 1) await Promise.all([tick(), replica.app.get(NoticeTicker).tick()]);
      await tick();
      expect((await service.query('SELECT name FROM alerts')).length).toBe(1);
      const records = await service.query(`SELECT FROM audit_records WHERE action = 'backups.alert.raised'`);
      expect(records).toHaveLength(1);
    } finally {
      await replica.stop();
    }
  });
});
