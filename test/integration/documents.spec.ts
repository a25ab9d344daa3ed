import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { VARIABLES, type Variable } from '../../src/kernel/config/variables';

const run = promisify(execFile);
const ROOT = join(__dirname, '../..');
const read = (name: string): string => readFileSync(join(ROOT, name), 'utf8');

describe('the table of the configuration', () => {
  let copy: string;
  beforeEach(() => {
    copy = mkdtempSync(join(tmpdir(), 'berkut-documents-'));
    mkdirSync(join(copy, 'docs'));
    for (const name of ['.env.example', 'docs/configuration.md']) cpSync(join(ROOT, name), join(copy, name));
  });
  afterEach(() => rmSync(copy, { recursive: true }));
  const check = (directory: string): Promise<unknown> =>
    run(process.execPath, [
      '--disable-warning=MODULE_TYPELESS_PACKAGE_JSON',
      join(ROOT, 'scripts/write-configuration.mjs'),
      '--check',
      directory,
    ]);

  it('says what the service reads, in docs/configuration.md and .env.example', async () => {
    expect(await check(ROOT)).toEqual({ stdout: '', stderr: '' });
  });

  it.each(['.env.example', 'docs/configuration.md'])('does not pass when %s has another default', async (name) => {
    writeFileSync(join(copy, name), read(name).replace('8081', '8082'));
    await expect(check(copy)).rejects.toMatchObject({
      code: 1,
      stderr: `${name} is not what src/kernel/config/variables.ts says: run "npm run docs"\n`,
    });
  });
});

describe('the documents', () => {
  /** Read by `bscc` alone, or made up by the shell examples. */
  const OTHERS = ['BERKUT_RESTORE_URL', 'BERKUT_SCC'];
  const known = new Set<string>([
    ...OTHERS,
    ...Object.entries<Variable>(VARIABLES).flatMap(([name, { aliases = [], isSecret = false }]) =>
      [name, ...aliases].flatMap((one) => (isSecret ? [one, `${one}_FILE`] : [one])),
    ),
  ]);
  const pages = [
    'README.md',
    'SECURITY.md',
    'CONTRIBUTING.md',
    'CHANGELOG.md',
    'Dockerfile',
    'compose.yaml',
    'compose.production.yaml',
    ...readdirSync(join(ROOT, 'docs'))
      .filter((name) => name.endsWith('.md'))
      .map((name) => `docs/${name}`),
  ];

  it.each(pages)('%s names no variable that the service does not know', (page) => {
    const named = read(page).match(/\b(?:BERKUT|BACKUP)_[A-Z_]*[A-Z]\b/g) ?? [];
    expect(named.filter((name) => !known.has(name))).toEqual([]);
  });
});
