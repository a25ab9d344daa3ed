import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { consoleDirectory } from '../../src/console/console-files';

const run = promisify(execFile);
const ROOT = join(__dirname, '../..');
const read = (name: string): unknown => JSON.parse(readFileSync(join(ROOT, name), 'utf8'));

const words = z.record(z.string(), z.string());
const { dependencies, devDependencies, allowScripts, overrides } = z
  .object({
    dependencies: z.record(z.string(), z.string()),
    devDependencies: z.record(z.string(), z.string()),
    allowScripts: z.record(z.string(), z.boolean()),
    overrides: z.record(z.string(), z.string()),
  })
  .parse(read('package.json'));

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'berkut-supply-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

/** Runs a script of the project, however it ends. */
async function script(
  name: string,
  args: readonly string[] = [],
  path = '',
): Promise<{ code: number; stdout: string; stderr: string }> {
  const env = { ...process.env, PATH: `${path}:${process.env['PATH'] ?? ''}` };
  return run(process.execPath, [join(ROOT, 'scripts', name), ...args], { env }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: unknown) => error as { code: number; stdout: string; stderr: string },
  );
}

describe('what the product is made of', () => {
  it('is named by exact versions', () => {
    for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies, ...overrides })) {
      expect([name, version]).toEqual([name, expect.stringMatching(/^\d+\.\d+\.\d+$/)]);
    }
  });

  it('runs an install script only where that was decided', () => {
    const { packages } = z
      .object({ packages: z.record(z.string(), z.object({ hasInstallScript: z.boolean().optional() })) })
      .parse(read('package-lock.json'));
    const withScripts = Object.entries(packages)
      .filter(([, { hasInstallScript }]) => hasInstallScript === true)
      .map(([path]) => path.replace(/^.*node_modules\//, ''));
    expect(withScripts.filter((name) => !(name in allowScripts))).toEqual([]);
    expect(withScripts.length).toBeGreaterThan(0);
  });

  it('runs on one version of Node, in the image and outside', () => {
    const dockerfile = readFileSync(join(ROOT, 'Dockerfile'), 'utf8');
    expect(dockerfile).toContain(`ARG NODE_IMAGE=node:${devDependencies['node'] ?? ''}-`);
  });
});

describe('the check of licences', () => {
  const tree = (licence: unknown): string => {
    const name = join(directory, 'node_modules/some');
    mkdirSync(name, { recursive: true });
    writeFileSync(join(name, 'package.json'), JSON.stringify({ license: licence }));
    const packages = { '': {}, 'node_modules/some': { version: '1.0.0' }, 'node_modules/tool': { dev: true } };
    writeFileSync(join(directory, 'package-lock.json'), JSON.stringify({ packages }));
    return directory;
  };

  it('passes for what the product runs with', async () => {
    expect(await script('check-licences.mjs')).toMatchObject({ code: 0, stderr: '' });
  });

  it.each(['MIT', '(MIT OR GPL-3.0-only)', '(MIT AND (BSD-3-Clause OR X))', { type: 'ISC' }])(
    'allows %j',
    async (one) => {
      expect(await script('check-licences.mjs', [tree(one)])).toMatchObject({ code: 0 });
    },
  );

  it.each(['GPL-3.0-only', '(MIT AND GPL-3.0-only)', 'SEE LICENSE IN x', '(MIT', 'MIT Apache-2.0', undefined])(
    'refuses %j',
    async (one) => {
      expect(await script('check-licences.mjs', [tree(one)])).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/^some@1\.0\.0: .* is not on the list\n$/) as unknown,
      });
    },
  );
});

describe('the audit', () => {
  const ADVISORY = {
    name: 'some',
    severity: 'high',
    title: 'It breaks',
    range: '<1.2.3',
    url: 'https://github.com/advisories/GHSA-aaaa',
  };
  const audit = (report: object, exceptions: readonly object[] = []) => {
    writeFileSync(join(directory, 'report.json'), JSON.stringify(report));
    writeFileSync(join(directory, 'exceptions.json'), JSON.stringify(exceptions));
    writeFileSync(join(directory, 'npm'), `#!/bin/sh\ncat '${join(directory, 'report.json')}'\nexit 1\n`);
    chmodSync(join(directory, 'npm'), 0o755);
    return script('audit.mjs', [join(directory, 'exceptions.json')], directory);
  };
  const found = { vulnerabilities: { some: { via: [ADVISORY] }, above: { via: ['some'] } } };

  it('says that nothing was checked when the registry gives no answer', async () => {
    expect(await audit({ message: '405 Method Not Allowed' })).toEqual(
      expect.objectContaining({
        code: 75,
        stderr: 'audit: NOT DONE, the registry could not be asked: 405 Method Not Allowed\n',
      }),
    );
  });

  it('passes when nothing is known', async () => {
    expect(await audit({ vulnerabilities: {} })).toMatchObject({ code: 0, stdout: 'audit: 0 open, 0 explained\n' });
  });

  it('fails for a weakness that is not explained', async () => {
    expect(await audit(found)).toMatchObject({ code: 1, stderr: 'high: some <1.2.3: It breaks, GHSA-aaaa\n' });
  });

  it('takes an explanation until its day', async () => {
    const exception = { advisory: 'GHSA-aaaa', reason: 'it is never called' };
    expect(await audit(found, [{ ...exception, until: '9999-01-01' }])).toMatchObject({ code: 0 });
    expect(await audit(found, [{ ...exception, until: '2020-01-01' }])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('the exception ended on 2020-01-01') as unknown,
    });
  });
});

describe('the bill of materials', () => {
  it('names everything the product runs with, and nothing else', async () => {
    const file = join(directory, 'sbom.json');
    expect(await script('write-sbom.mjs', [file])).toMatchObject({ code: 0 });
    const sbom = z
      .object({
        bomFormat: z.literal('CycloneDX'),
        metadata: z.object({ component: z.object({ name: z.literal('berkut-scc-backups') }) }),
        components: z.array(z.object({ name: z.string(), version: z.string() })),
      })
      .parse(JSON.parse(readFileSync(file, 'utf8')));
    const versions = new Map(sbom.components.map(({ name, version }) => [name, version]));
    for (const [name, version] of Object.entries(dependencies))
      expect([name, versions.get(name)]).toEqual([name, version]);
    for (const name of ['jest', 'eslint', 'prettier', 'vite']) expect(versions.has(name)).toBe(false);
    // What the page imports, and what that needs there.
    const { devDependencies: ofPage } = z.object({ devDependencies: words }).parse(read('console/package.json'));
    for (const name of ['preact', '@preact/signals', 'openapi-fetch', 'tus-js-client', 'uplot'])
      expect([name, versions.get(name)]).toEqual([name, ofPage[name]]);
    expect(versions.has('@preact/signals-core')).toBe(true);
    expect(readFileSync(join(consoleDirectory(), 'licences.txt'), 'utf8')).toContain('Permission is hereby granted');
  });
});
