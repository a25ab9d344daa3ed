import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { z } from 'zod';
import { ERRORS } from '../../src/kernel/errors/error-table';
import type { Variable } from '../../src/kernel/config/variable';
import { VARIABLES } from '../../src/kernel/config/variables';

const run = promisify(execFile);
const ROOT = join(__dirname, '../..');
const read = (name: string): string => readFileSync(join(ROOT, name), 'utf8');

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

describe('the table of the configuration', () => {
  let copy: string;
  beforeEach(() => {
    copy = mkdtempSync(join(tmpdir(), 'berkut-documents-'));
    mkdirSync(join(copy, 'docs'));
    for (const name of ['.env.example', 'docs/configuration.md']) cpSync(join(ROOT, name), join(copy, name));
  });
  afterEach(() => rmSync(copy, { recursive: true }));
  const check = (directory: string): Promise<unknown> =>
    run(process.execPath, [join(ROOT, 'scripts/write-configuration.mjs'), '--check', directory]);

  it('says what the service reads, in docs/configuration.md and .env.example', async () => {
    expect(await check(ROOT)).toEqual({ stdout: '', stderr: '' });
  });

  it.each(['.env.example', 'docs/configuration.md'])('does not pass when %s has another default', async (name) => {
    writeFileSync(join(copy, name), read(name).replace('8081', '8082'));
    await expect(check(copy)).rejects.toMatchObject({
      code: 1,
      stderr: `${name} is not what src/kernel/config/*variables.ts say: run "npm run docs"\n`,
    });
  });
});

describe('the table of errors', () => {
  it('has every code in docs/api.md', () => {
    const page = read('docs/api.md');
    expect(Object.keys(ERRORS).filter((code) => !page.includes(`\`${code}\``))).toEqual([]);
  });
});

describe('the documents', () => {
  /** Read by `bscc` alone, or made up by the shell examples. */
  const OTHERS = ['BERKUT_RESTORE_URL', 'BERKUT_SCC', 'BERKUT_TOKEN', 'BERKUT_TOKEN_FILE'];
  const known = new Set<string>([
    ...OTHERS,
    ...Object.entries<Variable>(VARIABLES).flatMap(([name, { aliases = [], isSecret = false }]) =>
      [name, ...aliases].flatMap((one) => (isSecret ? [one, `${one}_FILE`] : [one])),
    ),
  ]);
  it.each(pages)('%s names no variable that the service does not know', (page) => {
    const named = read(page).match(/\b(?:BERKUT|BACKUP)_[A-Z_]*[A-Z]\b/g) ?? [];
    expect(named.filter((name) => !known.has(name))).toEqual([]);
  });
});

describe('the shell examples', () => {
  it('are all run by a test, but for those that install things on the machine', () => {
    const others = pages.flatMap((page) =>
      [...read(page).matchAll(/```(?:bash|sh|shell)\n(?!# walk\n)(.*)$/gm)].map(([, line]) => `${page}: ${line ?? ''}`),
    );
    expect(others).toEqual([
      'README.md: npm run setup && npm start',
      'docs/bscc.md: bscc completion bash > /etc/bash_completion.d/bscc',
      'docs/install.md: useradd --system --home-dir /var/lib/berkut --shell /usr/sbin/nologin berkut',
      'docs/install.md: cp /opt/berkut-backups/docs/examples/berkut-backups.service /etc/systemd/system/',
    ]);
  });
});

describe('the compose files', () => {
  const composed = z.object({
    services: z.object({
      backups: z.object({
        environment: z.record(z.string(), z.string()),
        secrets: z.array(z.string()),
        stop_grace_period: z.string().regex(/^\d+s$/),
        read_only: z.literal(true),
        tmpfs: z.array(z.string()).min(1),
        cap_drop: z.tuple([z.literal('ALL')]),
        security_opt: z.tuple([z.literal('no-new-privileges:true')]),
        restart: z.string().optional(),
        pids_limit: z.number().optional(),
        mem_limit: z.string().optional(),
        logging: z.object({ options: z.object({ 'max-size': z.string(), 'max-file': z.string() }) }).optional(),
        ports: z.array(z.string().startsWith('127.0.0.1:')).optional(),
      }),
    }),
    secrets: z.record(z.string(), z.object({ file: z.string() })),
  });

  it.each(['compose.yaml', 'compose.production.yaml'])('%s is hardened and names secrets that it has', (name) => {
    const { services, secrets } = composed.parse(parse(read(name)));
    const { environment, stop_grace_period: grace, secrets: used } = services.backups;
    expect(used).toEqual(Object.keys(secrets));
    const files = Object.values(environment).filter((value) => value.startsWith('/run/secrets/'));
    expect(files.sort()).toEqual(used.map((secret) => `/run/secrets/${secret}`).sort());
    // What is stopped has to get the time it was promised, and some to undo what it did.
    const promised = Number(
      environment['BERKUT_SHUTDOWN_GRACE_SECONDS'] ?? VARIABLES.BERKUT_SHUTDOWN_GRACE_SECONDS.default,
    );
    expect(Number.parseInt(grace)).toBeGreaterThanOrEqual(promised + 20);
  });

  it.each(['compose.yaml', 'compose.production.yaml'])('%s says which proxies are believed', (name) => {
    const { environment } = composed.parse(parse(read(name))).services.backups;
    expect(environment['BERKUT_TRUSTED_PROXIES']).toMatch(/^\$\{BERKUT_TRUSTED_PROXIES:/);
  });

  it('the one for production also starts again, and has limits', () => {
    const { backups } = composed.parse(parse(read('compose.production.yaml'))).services;
    expect(backups).toMatchObject({ restart: 'unless-stopped', pids_limit: 256, mem_limit: '1g' });
    expect(backups.logging).toBeDefined();
    expect(backups.ports).toBeUndefined();
  });
});

describe('the systemd unit', () => {
  const unit = new Map(
    [...read('docs/examples/berkut-backups.service').matchAll(/^(\w+)=(.*)$/gm)].map(([, name, value]) => [
      name,
      value,
    ]),
  );

  it('starts what the image starts', () => {
    const command = z.array(z.string()).parse(JSON.parse(/^CMD (.*)$/m.exec(read('Dockerfile'))?.[1] ?? ''));
    expect(unit.get('ExecStart')).toBe(['/usr/bin/node', ...command.slice(1)].join(' '));
    const scripts = z
      .object({ scripts: z.object({ start: z.string() }) })
      .parse(JSON.parse(read('package.json'))).scripts;
    // In the place of npm's shell, which would not hand a SIGTERM on.
    expect(scripts.start).toBe(`exec ${command.join(' ')}`);
  });

  it('gives what runs the time that the example promises it, and does not start again what is configured wrongly', () => {
    const promised = Number(/^BERKUT_SHUTDOWN_GRACE_SECONDS=(\d+)$/m.exec(read('docs/install.md'))?.[1]);
    expect(Number(unit.get('TimeoutStopSec'))).toBeGreaterThanOrEqual(promised + 20);
    expect(unit.get('KillMode')).toBe('mixed');
    expect(unit.get('RestartPreventExitStatus')).toBe('78');
  });
});

describe('the links of the documents', () => {
  /** As the heading's own link is called where Markdown is shown. */
  const anchor = (heading: string): string =>
    heading
      .replaceAll(/[`*_]/g, '')
      .trim()
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, '')
      .replaceAll(' ', '-');

  it.each(pages.filter((page) => page.endsWith('.md')))('of %s lead somewhere', (page) => {
    const broken = [...read(page).matchAll(/\]\((?!https?:)([^)\s#]*)(?:#([^)\s]+))?\)/g)].filter(([, path, part]) => {
      const target = path === undefined || path === '' ? page : join(dirname(page), path);
      if (!existsSync(join(ROOT, target))) return true;
      const headings = part === undefined ? [] : [...read(target).matchAll(/^#+ (.*)$/gm)];
      return part !== undefined && !headings.some(([, heading = '']) => anchor(heading) === part);
    });
    expect(broken.map(([link]) => link)).toEqual([]);
  });
});
