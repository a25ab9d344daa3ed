import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';
import { BackupEntity } from '../../src/backups/catalogue/backup.entity';
import { DAY_MS } from '../../src/kernel/clock/durations';
import { RestoreRunEntity } from '../../src/restore/record/restore-run.entity';
import type { IntegrityItemDto } from '../../src/restore/http/integrity.dto';
import { Storage } from '../../src/engine/storage/storage';
import { NoticeTicker } from '../../src/notices/notice-ticker';
import { PlanTicker } from '../../src/plan/plan-ticker';
import { itLong } from '../support/form';
import { startTestService, type TestService } from '../support/app';
import { withClient } from '../support/cluster';
import { eventually } from '../support/eventually';
import { makeFailed, makeGood, makeNoticesDue, makeOlder, setPlan, setRows } from '../support/rows-of';

const SECRET = 'a secret for the receiver of notices';

interface Posted {
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

/** Takes notices over HTTP; the answers are what the test says, then 204, and while there is silence they wait. */
async function receiver() {
  const posted: Posted[] = [];
  const answers: number[] = [];
  const silence = { isOn: false, answers: [] as (() => unknown)[] };
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      posted.push({ path: request.url ?? '', headers: request.headers, body });
      const status = answers.shift() ?? 204;
      const answer = (): unknown => response.writeHead(status, status === 302 ? { Location: '/elsewhere' } : {}).end();
      if (silence.isOn) silence.answers.push(answer);
      else answer();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    posted,
    answers,
    silence,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook?token=hunter2-url`,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** A mail server that wants a password and keeps what it gets, but for so many mails that it refuses first. */
async function mailServer() {
  const mails: { from: string; to: string[]; raw: string }[] = [];
  const refusals = { left: 0 };
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    onAuth: ({ username, password }, _session, done) =>
      username === 'berkut' && password === 'hunter2-mail' ? done(null, { user: username }) : done(new Error('no')),
    onData(stream, { envelope }, done) {
      void text(stream).then((raw) => {
        if (refusals.left > 0) {
          refusals.left -= 1;
          done(new Error('try again later'));
          return;
        }
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
    refusals,
    url: `smtp://berkut:hunter2-mail@127.0.0.1:${port}`,
    stop: () => new Promise<void>((resolve) => server.close(resolve)),
  };
}

describe('notices', () => {
  let hook: Awaited<ReturnType<typeof receiver>>;
  let mail: Awaited<ReturnType<typeof mailServer>>;
  let files: string;
  let environment: Record<string, string>;
  let service: TestService;
  beforeEach(async () => {
    hook = await receiver();
    mail = await mailServer();
    files = await mkdtemp(join(tmpdir(), 'berkut-notices-'));
    environment = {
      BERKUT_NOTICE_WEBHOOK_URL: hook.url,
      BERKUT_NOTICE_WEBHOOK_SECRET: SECRET,
      BERKUT_NOTICE_SMTP_URL: mail.url,
      BERKUT_NOTICE_MAIL_FROM: 'backups@berkut.example',
      BERKUT_NOTICE_MAIL_TO: 'admin@berkut.example, night@berkut.example',
      BERKUT_NOTICE_INSTANCE: 'headquarters',
      BERKUT_BACKUP_FILES_PATH: files,
    };
    service = await startTestService({ demo: true, environment });
  });
  afterEach(async () => {
    await service.stop();
    await hook.stop();
    await mail.stop();
    await rm(files, { recursive: true });
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

    // Some tables are not what failed: only the whole is as much again.
    await service.client.backUp({ scope: ['docs'] });
    await tick();
    expect(await alerts()).toEqual(['backup_failed']);
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
    await makeFailed(service);
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
    await makeNoticesDue(service);
    await tick();
    expect(hook.posted).toHaveLength(2);
    expect(await pause()).toBeGreaterThan(firstPause);
    await makeNoticesDue(service);
    await tick();
    expect(new Set(hook.posted.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    expect(hook.posted).toHaveLength(3);
    expect(await service.query('SELECT * FROM notice_deliveries')).toEqual([]);

    hook.answers.push(...Array.from({ length: 20 }, () => 500));
    await makeGood(service);
    for (let i = 0; i < 14; i += 1) {
      await tick();
      await makeNoticesDue(service);
    }
    expect(await service.query('SELECT * FROM notice_deliveries')).toEqual([]);
    expect(hook.posted).toHaveLength(3 + 14);
    expect(mail.mails).toHaveLength(2);
  });

  itLong('reports no end before its beginning, not by mail either', async () => {
    hook.answers.push(500);
    mail.refusals.left = 1;
    await service.client.backUp();
    await makeFailed(service);
    await tick();
    expect([hook.posted.length, mail.mails]).toEqual([1, []]);
    await makeGood(service);
    await tick();
    expect([hook.posted.length, mail.mails]).toEqual([1, []]);
    await makeNoticesDue(service);
    await tick();
    const [raised, resolved] = ['berkut.backups.backup_failed.raised', 'berkut.backups.backup_failed.resolved'];
    expect(told()).toEqual([raised, raised, resolved]);
    expect(mail.mails.map(({ raw }) => /^Subject: .*headquarters: (.*)\r$/m.exec(raw)?.[1])).toEqual([
      'backup failed',
      'backup failed is over',
    ]);
  });

  it('sees a backup that is overdue, and the next one', async () => {
    await service.client.send('PUT', '/backups/plan', '{"enabled": true, "schedule_type": "daily"}');
    await tick();
    expect(await alerts()).toEqual([]);
    await setPlan(service, { effectiveFrom: new Date(Date.now() - 3 * DAY_MS) });
    await tick();
    expect(await alerts()).toEqual(['backup_overdue']);
    await service.client.backUp();
    await tick();
    expect(await alerts()).toEqual([]);
    await makeOlder(service, 2);
    await tick();
    expect(await alerts()).toEqual(['backup_overdue']);
    await service.client.send('POST', '/backups/plan/disable');
    await tick();
    expect(await alerts()).toEqual([]);
  });

  itLong('sees a backup that is suspiciously small', async () => {
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
    // The next one is as small, which makes neither of them right. An operator who pins one has checked it.
    const small = await service.client.backUp();
    await tick();
    expect(await alerts()).toEqual(['backup_suspicious']);
    await service.client.send('PATCH', `/backups/${small.id}`, '{"pinned": true}');
    await tick();
    expect(await alerts()).toEqual([]);
    await service.client.backUp();
    await tick();
    expect(await alerts()).toEqual([]);
    await withClient(service.target.url, (client) => client.query('TRUNCATE report_meta CASCADE'));
    const { id } = await service.client.backUp();
    await tick();
    expect(await alerts()).toEqual(['backup_suspicious']);
    // Judged once: another process finds the same without opening anything.
    expect(await service.query('SELECT suspicion FROM backups WHERE id = $1', [id])).toEqual([
      { suspicion: expect.stringContaining('tables are empty now (public.') as string },
    ]);
  });

  itLong('does not take the lack of files, or a backup that cannot be opened, for a loss of rows', async () => {
    await writeFile(
      join(files, 'large'),
      Buffer.alloc(2_000_000, 'no two bytes are the same').map((byte, i) => byte ^ i),
    );
    await service.client.backUp({ include_files: true });
    const { filename = '' } = await service.client.backUp();
    await tick();
    expect(await alerts()).toEqual([]);
    const path = join(service.storagePath, filename);
    await rm(path);
    await service.client.backUp();
    await tick();
    expect(await alerts()).toEqual([]);
  });

  itLong('sees a failed restore test, and one that succeeds', async () => {
    const { id, filename = '' } = await service.client.backUp();
    const path = join(service.storagePath, filename);
    const rehearse = async (): Promise<string> =>
      (await service.client.restore(id, { mode: 'rehearse' }, 'restore/dry-run')).status;
    expect(await rehearse()).toBe('success');
    const whole = await readFile(path);
    await writeFile(path, Buffer.from(whole).fill(0, 10_000, 10_100));
    expect(await rehearse()).toBe('failed');
    await tick();
    expect(await alerts()).toEqual(['restore_test_failed']);
    await writeFile(path, whole);
    expect(await rehearse()).toBe('success');
    await tick();
    expect(await alerts()).toEqual([]);
  });

  itLong('sees a retention that cannot remove, and one that can', async () => {
    for (let i = 0; i < 2; i += 1) await service.client.backUp();
    await service.client.send(
      'PUT',
      '/backups/plan',
      '{"enabled": true, "retention_days": 1, "keep_last_successful": 1}',
    );
    await makeOlder(service, 3);
    await service.query(`
      CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'not now'; END $$;
      CREATE TRIGGER refuse BEFORE UPDATE OF removing ON backups FOR EACH ROW EXECUTE FUNCTION refuse()`);
    const sweep = async (): Promise<string[]> => {
      await setPlan(service, { lastRetentionAt: null });
      await service.app.get(PlanTicker).tick();
      await service.idle();
      await tick();
      return alerts();
    };
    expect(await sweep()).toContain('retention_failed');
    const told = await service.query(`SELECT message, cause FROM alerts WHERE name = 'retention_failed'`);
    expect(told).toEqual([
      {
        message: expect.stringMatching(/^Retention could not remove a backup, backup \d+ first: \w.*\.$/) as string,
        cause: 'the function refuse of the database raised an error, SQLSTATE P0001',
      },
    ]);
    await service.query('DROP TRIGGER refuse ON backups');
    expect(await sweep()).not.toContain('retention_failed');
  });

  it('sees storage that runs out, and says that it is over only when there is clearly room again', async () => {
    const { size_bytes: size = 0 } = await service.client.backUp();
    const storage = service.app.get(Storage);
    let free = 0;
    storage.freeBytes = () => Promise.resolve(free);
    const withRoomFor = async (backups: number): Promise<string[]> => {
      free = Math.ceil(size * backups);
      await tick();
      return alerts();
    };
    expect(await withRoomFor(3)).toEqual([]);
    expect(await withRoomFor(2.9)).toEqual(['storage_low']);
    const metrics = await (await fetch(`${service.managementUrl}/metrics`)).text();
    expect(metrics).toContain('berkut_alert_active{alert="storage_low"} 1\n');
    expect(metrics).toContain('berkut_alert_active{alert="backup_failed"} 0\n');
    expect(await withRoomFor(3.1)).toEqual(['storage_low']);
    expect(await withRoomFor(3.4)).toEqual([]);
  });

  itLong('tells once although two replicas look', async () => {
    const replica = await startTestService({ beside: service, environment });
    try {
      await service.client.backUp();
      await makeFailed(service);
      // A receiver that says nothing does not make the service look dead.
      hook.silence.isOn = true;
      const turn = tick();
      await eventually(() => hook.posted.length === 1);
      const ready = await fetch(`${service.managementUrl}/readyz`);
      expect([ready.status, await ready.text()]).toEqual([200, expect.stringContaining('notices ok\n')]);
      hook.silence.isOn = false;
      for (const answer of hook.silence.answers) answer();
      await turn;
      for (let i = 0; i < 3; i += 1) await Promise.all([tick(), replica.app.get(NoticeTicker).tick()]);
      await tick();
      expect(told()).toEqual(['berkut.backups.backup_failed.raised']);
      expect(mail.mails).toHaveLength(1);
      const records = await service.query(`SELECT FROM audit_records WHERE action = 'backups.alert.raised'`);
      expect(records).toHaveLength(1);
    } finally {
      await replica.stop();
    }
  });
});

describe('outcomes', () => {
  let hook: Awaited<ReturnType<typeof receiver>>;
  let heart: Awaited<ReturnType<typeof receiver>>;
  let mail: Awaited<ReturnType<typeof mailServer>>;
  let service: TestService;
  beforeAll(async () => {
    [hook, heart, mail] = [await receiver(), await receiver(), await mailServer()];
    service = await startTestService({
      demo: true,
      environment: {
        BERKUT_NOTICE_WEBHOOK_URL: hook.url,
        BERKUT_NOTICE_WEBHOOK_FORMAT: 'slack',
        BERKUT_NOTICE_HEARTBEAT_URL: heart.url,
        BERKUT_NOTICE_SUCCESS: 'true',
        BERKUT_NOTICE_SMTP_URL: mail.url,
        BERKUT_NOTICE_MAIL_TO: 'admin@berkut.example',
        BERKUT_NOTICE_INSTANCE: 'headquarters',
        BERKUT_PUBLIC_URL: 'https://scc.example/backups',
      },
    });
  });
  afterAll(async () => {
    await service.stop();
    await Promise.all([hook.stop(), heart.stop(), mail.stop()]);
  });
  afterEach(() => {
    for (const posted of [hook.posted, heart.posted]) posted.length = 0;
    mail.mails.length = 0;
  });
  const tick = (): Promise<void> => service.app.get(NoticeTicker).tick();
  const beats = (): string[] => heart.posted.map(({ path }) => path);
  /** A backup as the plan makes one; its id. */
  const scheduled = async (): Promise<number> => {
    const { id } = await service.client.backUp();
    await setRows(service, BackupEntity, { trigger: 'scheduled', label: 'night <1>' }, { id });
    return id;
  };

  it('of a scheduled backup reach the heartbeat, the webhook and the mail, once', async () => {
    await scheduled();
    await tick();
    await tick();
    expect(beats()).toEqual(['/hook/start?token=hunter2-url', '/hook?token=hunter2-url']);
    expect(hook.posted).toHaveLength(1);
    expect(hook.posted[0]?.body).toContain('*headquarters: scheduled backup succeeded*');
    expect(mail.mails).toHaveLength(1);
    // Quoted-printable breaks lines with a sign of its own.
    const raw = (mail.mails[0]?.raw ?? '').replaceAll('=\r\n', '').replaceAll('=3D', '=');
    expect(raw).toContain('text/plain');
    expect(raw).toContain('<a href="https://scc.example/backups">');
    expect(raw).toContain('night &lt;1&gt;');
  });

  it('of a failed one reach the heartbeat alone; people have the alert', async () => {
    await makeFailed(service, { id: await scheduled() });
    await tick();
    expect(beats()).toEqual(['/hook/start?token=hunter2-url', '/hook/fail?token=hunter2-url']);
    expect(hook.posted.map(({ body }) => body)).toEqual([expect.stringContaining('*headquarters: backup failed*')]);
    expect(mail.mails[0]?.raw).toContain('Requested by: ');
  });

  itLong('of a restore test reach them, and of what an administrator does nothing', async () => {
    await service.client.backUp();
    await tick();
    heart.posted.length = 0;
    const { body } = await service.client.post('/backups/integrity/run');
    await service.client.run(body.restore_id);
    await tick();
    expect(beats()).toEqual([]);
    await setRows(service, RestoreRunEntity, { requestedBy: 'scheduler' });
    await tick();
    expect(beats()).toEqual(['/hook/start?token=hunter2-url', '/hook?token=hunter2-url']);
  });
});
