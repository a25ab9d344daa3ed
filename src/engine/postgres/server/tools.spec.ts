import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findTools, ToolVersionError } from './tools';

describe('the PostgreSQL tools', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'berkut-tools-'));
  });
  afterEach(async () => rm(directory, { recursive: true }));

  const install = async (version: string): Promise<string> => {
    for (const tool of ['pg_dump', 'pg_restore', 'psql']) {
      await writeFile(join(directory, tool), `#!/bin/sh\necho '${tool} (PostgreSQL) ${version}'\n`, { mode: 0o755 });
    }
    return join(directory, 'pg_dump');
  };

  it('are found where the system has installed them', async () => {
    const tools = await findTools({ serverVersionNum: 130_000 });
    expect(tools.versionNum).toBeGreaterThanOrEqual(130_000);
    expect(tools.pgDump).toMatch(/pg_dump$/);
  });

  it('are taken from where the administrator says', async () => {
    const pgDumpBin = await install('17.2 (Debian 17.2-1)');
    expect(await findTools({ serverVersionNum: 150_014, pgDumpBin })).toEqual({
      pgDump: pgDumpBin,
      pgRestore: join(directory, 'pg_restore'),
      psql: join(directory, 'psql'),
      versionNum: 170_002,
      versionText: '17.2 (Debian 17.2-1)',
    });
  });

  it('are refused when they are older than the server, with what to install', async () => {
    const pgDumpBin = await install('13.9');
    await expect(findTools({ serverVersionNum: 150_014, pgDumpBin })).rejects.toThrow(
      'pg_dump 13 is older than the server, which is 15: install the PostgreSQL client tools, version 15 (package postgresql-client-15)',
    );
  });

  it('are refused for loading when the server does not know what they send, with what to install', async () => {
    const pgDumpBin = await install('17.2');
    for (const serverVersionNum of [130_001, 160_004]) {
      const version = Math.floor(serverVersionNum / 10_000);
      await expect(findTools({ serverVersionNum, pgDumpBin, mustLoad: true })).rejects.toThrow(
        `so no backup could be restored: install the PostgreSQL client tools, version ${version} (package postgresql-client-${version})`,
      );
    }
    await expect(findTools({ serverVersionNum: 170_001, pgDumpBin, mustLoad: true })).resolves.toBeDefined();
    await expect(
      findTools({ serverVersionNum: 150_001, pgDumpBin: await install('16.4'), mustLoad: true }),
    ).resolves.toBeDefined();
  });

  it('are refused when no installed one is new enough', async () => {
    await expect(findTools({ serverVersionNum: 990_000 })).rejects.toThrow(ToolVersionError);
  });

  it('are refused when the configured one is not there, without repeating the path', async () => {
    const missing = findTools({ serverVersionNum: 150_000, pgDumpBin: join(directory, 'nothing') });
    await expect(missing).rejects.toThrow(/cannot be run: correct BERKUT_BACKUP_PGDUMP_BIN/);
    await missing.catch((error: unknown) => expect(String(error)).not.toContain(directory));
  });
});
