import { createHash, randomUUID } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import type pg from 'pg';
import { type ChainedRecord, GENESIS, hashOf, intentMacOf, signatureOf } from '../../src/audit/audit-chain';
import { AuditIntents } from '../../src/audit/audit-intents.service';
import type { ChainVerdictDto } from '../../src/audit/audit.dto';
import { signingKeyId } from '../../src/audit/sealed-key';
import { BackupRecovery } from '../../src/backups/make/backup-recovery';
import type { BackupDto } from '../../src/backups/http/backups.dto';
import { parseOperatorKey } from '../../src/engine/container/keys/operator-key';
import { derivedSigningKey } from '../../src/kernel/config/signing-key';
import { type LeftoverItem, nameOf } from '../../src/restore/leftovers/leftover';
import { Tidier } from '../../src/restore/leftovers/tidier';
import { startTestService, type TestService } from '../support/app';
import { withClient } from '../support/cluster';
import { containerOf, TEST_KEY, testKey } from '../support/containers';
import { eventually } from '../support/eventually';

describe('a writer to the control database', () => {
  let service: TestService;
  beforeAll(async () => (service = await startTestService()));
  afterAll(() => service.stop());

  /** A backup that has just been made may be locked for a moment still: then the next look ends it. */
  const recover = async (): Promise<void> => {
    await eventually(async () => {
      await service.app.get(BackupRecovery).recover();
      const [row] = await service.query(`SELECT FROM backups WHERE status IN ('queued', 'running')`);
      return row === undefined;
    });
  };
  const files = (): Promise<string[]> => readdir(service.storagePath);
  const pinned = async (): Promise<BackupDto> => {
    const backup = await service.client.backUp();
    await service.client.send('PATCH', `/backups/${backup.id}`, JSON.stringify({ pinned: true }));
    return backup;
  };
  const rowOf = async (id: number): Promise<Record<string, unknown> | undefined> =>
    (await service.query('SELECT status, error_code, storage_name, pinned FROM backups WHERE id = $1', [id]))[0];

  it.each(['running', 'queued'])('who makes a finished backup %s removes nothing', async (status) => {
    const { id, filename } = await pinned();
    await service.query('UPDATE backups SET status = $2 WHERE id = $1', [id, status]);
    await service.client.backUp();
    await recover();
    expect(await rowOf(id)).toEqual({ status: 'success', error_code: null, storage_name: filename, pinned: true });
    expect(await files()).toContain(filename);
    const records = await service.query(
      `SELECT actor, result, details FROM audit_records WHERE action = 'backups.update' ORDER BY seq DESC LIMIT 1`,
    );
    const details = { backup_id: id, found_status: status, status: 'success' };
    expect(records).toEqual([{ actor: 'service', result: 'success', details }]);
  });

  it.each([
    ['forgets that it was finished', 'finished_at = NULL, checksum = NULL'],
    ['and forgets its checksum', 'checksum = NULL'],
  ])('who makes a backup running %s leaves its file, which a rescan adopts', async (_, changes) => {
    const { id, filename } = await pinned();
    await service.query(`UPDATE backups SET status = 'running', ${changes} WHERE id = $1`, [id]);
    await recover();
    expect(await rowOf(id)).toMatchObject({
      status: 'failed',
      error_code: 'backups.interrupted',
      storage_name: null,
    });
    expect(await files()).toContain(filename);
    expect(await service.client.rescan()).toMatchObject({ adopted: [expect.anything()] });
    const [adopted] = await service.query(`SELECT status FROM backups WHERE storage_name = $1`, [filename]);
    expect(adopted).toEqual({ status: 'success' });
  });

  it('who names the file of another backup, or what is no name, in a running row removes neither', async () => {
    const other = await pinned();
    await service.query('DROP INDEX backups_storage_name');
    try {
      for (const name of [other.filename, '../outside']) {
        const { id } = await service.client.backUp();
        await service.query(`UPDATE backups SET status = 'running', checksum = NULL, storage_name = $2 WHERE id = $1`, [
          id,
          name,
        ]);
        await recover();
        expect(await rowOf(id)).toMatchObject({ status: 'failed' });
      }
      expect(await files()).toContain(other.filename);
    } finally {
      await service.query(`UPDATE backups SET storage_name = NULL WHERE status = 'failed'`);
      await service.query('CREATE UNIQUE INDEX backups_storage_name ON backups (storage_name)');
    }
    expect((await service.client.get(`/backups/${other.id}`)).body.item).not.toHaveProperty('error_code');
  });

  it.each(['caller', 'retention'])('who marks a pinned backup for removal by %s removes nothing', async (by) => {
    const { id, filename } = await pinned();
    await service.query('UPDATE backups SET removing = $2 WHERE id = $1', [id, by]);
    await recover();
    expect(await rowOf(id)).toMatchObject({ status: 'success', pinned: true });
    expect((await service.client.get(`/backups/${id}`)).status).toBe(200);
    expect(await files()).toContain(filename);
  });

  it('who gives a backup the checksum of another file has nothing removed when that file is imported', async () => {
    const { id, filename } = await pinned();
    const file = await containerOf(
      [{ name: 'schema', kind: 'schema', plain: Buffer.from('another file') }],
      testKey(1),
    );
    const checksum = createHash('sha256').update(file).digest('hex');
    await service.query('UPDATE backups SET checksum = $2, size_bytes = $3 WHERE id = $1', [id, checksum, file.length]);
    const form = new FormData();
    form.set('file', new Blob([new Uint8Array(file)]), 'other.bscc');
    const imported = await fetch(`${service.url}/api/backups/import`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${await service.token('superadmin')}` },
      body: form,
    });
    expect(imported.status).toBe(200);
    expect(await files()).toContain(filename);
    // The tests before this one leave others.
    await service.client.rescan();
    expect(await service.query(`SELECT status FROM backups WHERE storage_name = $1`, [filename])).toEqual([
      { status: 'success' },
    ]);
  });

  it('who puts the databases and directories in use on the list of what runs have left removes none', async () => {
    const { id, filename } = await pinned();
    const named = [service.target.name, service.control.name, 'postgres'];
    const items: LeftoverItem[] = [
      ...named.map((database) => ({ kind: 'staging_database' as const, database })),
      { kind: 'directory', path: service.storagePath },
    ];
    const run = await service.client.restore(id, {}, 'restore/dry-run');
    for (const item of items) {
      await service.query(
        'INSERT INTO restore_leftovers (run_id, kind, name, item, since, next_attempt_at) VALUES ($1, $2, $3, $4, now(), now())',
        [run.id, item.kind, nameOf(item), item],
      );
    }
    await service.app.get(Tidier).tryNow(run.id);
    expect(await files()).toContain(filename);
    expect((await service.client.backUp()).status).toBe('success');
    const { body } = await service.client.get<{ item: { leftovers: unknown[] } }>('/backups/integrity');
    const reason = expect.stringMatching(/^no restore run here makes anything of that name/) as unknown;
    const command = expect.stringMatching(/^DELETE FROM restore_leftovers /) as unknown;
    expect(body.item.leftovers).toEqual(items.map(() => expect.objectContaining({ reason, command }) as unknown));
    await service.query('DELETE FROM restore_leftovers');
  });

  it('who makes up a request has nothing of it signed, and is shown', async () => {
    const entry = { actor: 'victim', actorRoles: ['superadmin'], action: 'backups.delete', result: 'requested' };
    const insert = (mac: string | null, changed: object = {}): Promise<unknown> =>
      service.query('INSERT INTO audit_intents (id, at, entry, mac) VALUES (gen_random_uuid(), now(), $1, $2)', [
        { ...entry, ...changed },
        mac,
      ]);
    const intents = service.app.get(AuditIntents);
    const waiting = await intents.begin({
      actor: 'root',
      actorRoles: [],
      action: 'backups.update',
      result: 'requested',
    });
    const [real] = await service.query('SELECT mac FROM audit_intents');
    await insert(null);
    await insert('0'.repeat(64));
    await insert('not hex');
    await insert(String(real?.['mac']), { actor: 'root', action: 'backups.update' });
    await intents.recordAbandoned();
    expect(await service.query(`SELECT FROM audit_records WHERE actor = 'victim' OR result = 'requested'`)).toEqual([]);
    const found = await service.query(`SELECT actor, result FROM audit_records WHERE details ? 'forged_intent'`);
    expect(found).toEqual(Array.from({ length: 4 }, () => ({ actor: 'service', result: 'failed' })));
    await waiting.settle({ actor: 'root', actorRoles: [], action: 'backups.update', result: 'success' });
    expect(await service.query('SELECT FROM audit_intents')).toEqual([]);
    expect((await service.client.get('/audit/verify')).body).toMatchObject({ ok: true });
  });

  it('who changes what the rows remember of the log is shown by the containers', async () => {
    const { id } = await service.client.backUp();
    const [row] = await service.query('SELECT audit_head FROM backups WHERE id = $1', [id]);
    const head = row?.['audit_head'] as { seq: number };
    expect((await service.client.get('/audit/verify')).body).toMatchObject({ ok: true });
    // As if the log had been written anew up to here, and the rows with it.
    await service.query(`UPDATE backups SET audit_head = '{"seq": 1, "hash": "x"}' WHERE id = $1`, [id]);
    await service.query(
      `UPDATE backups SET audit_head = jsonb_build_object('seq', seq, 'hash', hash) FROM audit_records
        WHERE audit_head IS NOT NULL AND seq = 1`,
    );
    await service.stopService();
    const another = await startTestService({ beside: service });
    try {
      await another.query('ALTER TABLE audit_records DISABLE TRIGGER ALL');
      await another.query('DELETE FROM audit_records WHERE seq >= $1', [head.seq]);
      const { body } = await another.client.get('/audit/verify');
      expect(body).toMatchObject({ ok: false, first_broken: { seq: head.seq, reason: 'missing' } });
    } finally {
      await another.stopService();
    }
  });

  describe('who has a key of the backups, too, where an audit key is configured', () => {
    const environment = { BERKUT_AUDIT_SIGNING_KEY: 'an audit key of thirty-two bytes, for tests' };
    const backupKey = derivedSigningKey(parseOperatorKey(TEST_KEY));
    const verdict = async (of: TestService): Promise<ChainVerdictDto> =>
      (await of.client.get<ChainVerdictDto>('/audit/verify')).body;
    /** What a service says that knows only the database, which was changed before it has started. */
    const afterwards = async <T>(
      change: (db: pg.Client) => Promise<unknown>,
      work: (next: TestService) => Promise<T>,
    ): Promise<T> => {
      await withClient(old.control.url, async (db) => {
        await db.query('ALTER TABLE audit_records DISABLE TRIGGER ALL');
        await db.query('DELETE FROM audit_records; INSERT INTO audit_records SELECT * FROM kept_records');
        await db.query('DELETE FROM audit_key_starts; INSERT INTO audit_key_starts SELECT * FROM kept_starts');
        await change(db);
      });
      const next = await startTestService({ beside: old, environment });
      try {
        return await work(next);
      } finally {
        await next.stopService();
      }
    };
    /** Changes an actor, and makes the chain from there fit, signed with a key of the ring. */
    const signAnew = async (db: pg.Client, from: number): Promise<void> => {
      await db.query(`UPDATE audit_records SET actor = 'nobody' WHERE seq = $1`, [from]);
      const { rows } = await db.query<ChainedRecord & { seq: string; hash: string }>(
        `SELECT *, actor_roles AS "actorRoles", source_ip AS "sourceIp", request_id AS "requestId" FROM audit_records ORDER BY audit_records.seq`,
      );
      let prevHash = GENESIS;
      for (const row of rows) {
        const seq = Number(row.seq);
        const hash = seq < from ? row.hash : hashOf({ ...row, seq }, prevHash);
        const changed = [seq, prevHash, hash, signatureOf(hash, backupKey)];
        if (seq >= from)
          await db.query('UPDATE audit_records SET prev_hash = $2, hash = $3, signature = $4 WHERE seq = $1', changed);
        prevHash = hash;
      }
    };
    let old: TestService;
    let started: number;
    let newest: number;
    beforeAll(async () => {
      // A log that was begun without the key.
      old = await startTestService();
      for (let i = 0; i < 3; i += 1) await old.client.post('/backups', { label: i });
      await old.stopService();
      const next = await startTestService({ beside: old, environment });
      for (let i = 0; i < 3; i += 1) await next.client.post('/backups', { label: i });
      const [start] = await next.query(`SELECT seq FROM audit_records WHERE action = 'audit.key_start'`);
      started = Number(start?.['seq']);
      await next.stopService();
      await withClient(old.control.url, async (db) => {
        await db.query('CREATE TABLE kept_records AS SELECT * FROM audit_records');
        await db.query('CREATE TABLE kept_starts AS SELECT * FROM audit_key_starts');
        const { rows } = await db.query<{ seq: string }>('SELECT max(seq) AS seq FROM audit_records');
        newest = Number(rows[0]?.seq);
      });
    });
    afterAll(() => old.stop());

    it('finds that key nowhere, and what is older than the key stays verifiable', async () => {
      const id = signingKeyId(new TextEncoder().encode(environment.BERKUT_AUDIT_SIGNING_KEY));
      // An earlier version has left it there.
      const left = (db: pg.Client): Promise<unknown> => db.query('UPDATE audit_signing_keys SET id = $1', [id]);
      await afterwards(left, async (next) => {
        expect(await next.query('SELECT FROM audit_signing_keys WHERE id = $1', [id])).toEqual([]);
        expect(await verdict(next)).toMatchObject({ ok: true });
        expect((await next.query('SELECT FROM audit_key_starts')).length).toBe(1);
      });
    });

    it.each(['as it was', 'without the mark of its first record'])(
      'signs none of the newest records anew: a log %s',
      async (how) => {
        const change = async (db: pg.Client): Promise<void> => {
          await signAnew(db, newest - 1);
          if (how !== 'as it was') await db.query('DELETE FROM audit_key_starts');
        };
        await afterwards(change, async (next) => {
          const first_broken = { seq: newest - 1, reason: 'signature' };
          expect(await verdict(next)).toMatchObject({ ok: false, first_broken });
        });
      },
    );

    it('signs nothing anew that is older than the key', async () => {
      await afterwards(
        (db) => signAnew(db, 2),
        async (next) => {
          const first_broken = { seq: started, reason: 'signature' };
          expect(await verdict(next)).toMatchObject({ ok: false, first_broken });
        },
      );
    });

    it('cuts nothing off from the first record of the key on', async () => {
      await afterwards(
        (db) => db.query('DELETE FROM audit_records WHERE seq >= $1', [started]),
        async (next) => {
          // The record of this very verification is signed before it.
          expect(await verdict(next)).toMatchObject({ ok: false, first_broken: { seq: started, reason: 'missing' } });
        },
      );
    });

    it('lets nothing made up count as a request by it', async () => {
      await afterwards(
        () => Promise.resolve(),
        async (next) => {
          const intent = { id: randomUUID(), at: new Date(), entry: { actor: 'victim', actorRoles: [] } };
          await next.query('INSERT INTO audit_intents (id, at, entry, mac) VALUES ($1, $2, $3, $4)', [
            intent.id,
            intent.at,
            intent.entry,
            intentMacOf(intent, backupKey),
          ]);
          await next.app.get(AuditIntents).recordAbandoned();
          expect(await next.query(`SELECT FROM audit_records WHERE actor = 'victim'`)).toEqual([]);
        },
      );
    });
  });
});
