import { chmod, copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bsccProgram } from '../../src/cli/bscc-program';
import { factsOf } from '../../src/cli/completion/command-tree';
import { EXIT } from '../../src/cli/terminal/exit-code';
import { parseDatabaseUrl } from '../../src/engine/address/parse-database-url';
import { runTool } from '../../src/engine/process/run-tool';
import { itLong } from '../support/form';
import { startTestService } from '../support/app';
import { testCluster, withClient } from '../support/cluster';
import { TEST_KEY } from '../support/containers';
import { shellBscc } from '../support/run-bscc';

const document = (): Promise<string> => readFile(join(__dirname, '../../docs/bscc.md'), 'utf8');

describe('docs/bscc.md', () => {
  it('has every command with its arguments and options, and no others', async () => {
    const [, general = '', ...sections] = (await document())
      .split('\n## Exit codes')[0]!
      .split(/^(?:## Options of every command|### )/m);
    const optionsIn = (text: string): string[] =>
      [...text.matchAll(/^\| `(--[^`]+)` +\|/gm)].map(([, flags]) => flags ?? '').sort();
    const documented = sections.map((section) => [/^`([^`]+)`/.exec(section)?.[1], optionsIn(section)]);
    const { program } = bsccProgram({});
    const flagsOf = (options: readonly { flags: string }[]): string[] =>
      options
        .map(({ flags }) => flags)
        .filter((flags) => !flags.includes('--version'))
        .sort();
    const commands = program.commands.map((command) => [factsOf(command).usage, flagsOf(command.options)]);
    expect(documented).toEqual([...commands, ['help [command]', []]]);
    expect(optionsIn(general)).toEqual(flagsOf(program.options));
  });

  it('has every exit code', async () => {
    const rows = [...(await document()).matchAll(/^\| (\d+) +\| `(\w+)` +\|/gm)];
    expect(Object.fromEntries(rows.map(([, code, name]) => [name, Number(code)]))).toEqual(EXIT);
  });

  itLong('has examples that work', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'berkut-walk-'));
    const service = await startTestService();
    const name = `again_${process.pid}`;
    try {
      await withClient(service.target.url, (db) => db.query('CREATE TABLE docs (id int)'));
      const { filename = '' } = await service.client.backUp();
      const storage = join(directory, 'backups');
      await mkdir(storage);
      await copyFile(join(service.storagePath, filename), join(storage, 'backup.bscc'));
      await writeFile(join(directory, 'key'), TEST_KEY);
      const { password = '' } = parseDatabaseUrl(testCluster().adminUrl);
      const url = new URL(testCluster().url(name));
      url.password = '';
      await writeFile(join(directory, 'bscc'), `#!/bin/sh\nexec ${shellBscc([])} "$@"\n`);
      await chmod(join(directory, 'bscc'), 0o755);
      const walks = [...(await document()).matchAll(/```bash\n(# walk\n[\s\S]*?)```/g)].map(
        ([, script]) => script ?? '',
      );
      expect(walks).toHaveLength(2);
      const script = walks
        .join('\n')
        .replaceAll('/etc/berkut/key', join(directory, 'key'))
        .replaceAll('/var/lib/berkut/backups', storage)
        .replace('postgres://postgres@db.example:5432/scc_again', url.href);
      const said = await runTool({
        command: '/bin/bash',
        args: ['-eu', '-c', `cd '${directory}'\n${script}`],
        env: { PATH: `${directory}:${process.env['PATH'] ?? ''}`, PGPASSWORD: password },
      });
      expect(said.match(/^whole: /gm)).toHaveLength(2);
      expect(said).toMatch(new RegExp(`^restored into ${name}, which was made for it$`, 'm'));
      expect(said).toMatch(/^rekeyed +\S+backup\.bscc$/m);
      expect((await readdir(join(directory, 'extracted'))).sort()).toEqual(['schema.dump']);
    } finally {
      await withClient(testCluster().adminUrl, (admin) => admin.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`));
      await service.stop();
      await rm(directory, { recursive: true });
    }
  });
});
