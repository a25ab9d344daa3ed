import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { INSTALLATION_FINDINGS } from './installation-findings';
import { type FindingCode, FINDINGS } from './finding-table';

const ROOT = join(__dirname, '../../..');
const codes = Object.keys(FINDINGS);

/** The sources that could find something. */
const sourcesOf = (folder: string): string =>
  readdirSync(join(ROOT, 'src', folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /(?<!\.spec)\.ts$/.test(entry.name) && entry.parentPath !== __dirname)
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
    .join('\n');

describe('the table of findings', () => {
  it.each(Object.entries(FINDINGS))(
    'has a code, a sentence and balanced braces for %s',
    (code, { sentence, advice = 'x' }) => {
      expect(code).toMatch(/^[a-z_]+\.[a-z_]+$/);
      for (const text of [sentence, advice]) expect(text.replaceAll(/\{[a-z]+\}/g, 'x')).toMatch(/^[^{}]*[^{}.\s]$/);
    },
  );

  it('has nothing that is never found', () => {
    const sources = sourcesOf('.');
    expect(codes.filter((code) => !sources.includes(`'${code}'`))).toEqual([]);
  });

  it('tells the findings that a restore run can have from those of the installation', () => {
    const sources = ['engine/files', 'engine/postgres', 'restore'].map(sourcesOf).join('\n');
    expect(Object.keys(INSTALLATION_FINDINGS).filter((code) => sources.includes(`'${code}'`))).toEqual([]);
  });

  it('is what docs/findings.md lists', () => {
    const page = readFileSync(join(ROOT, 'docs/findings.md'), 'utf8');
    const listed = page
      .replaceAll(/\s+/g, ' ')
      .replaceAll('\\', '')
      .split(/ - (?=`)| ## /);
    const isCode = (code: string): code is FindingCode => Object.hasOwn(FINDINGS, code);
    const found = listed.flatMap((line) => {
      const [, code = '', words = ''] = /^`([a-z_.]+)`: (.*)$/.exec(line.trim()) ?? [];
      return code === '' ? [] : [[code, isCode(code) ? words : 'unknown']];
    });
    expect(Object.fromEntries(found)).toEqual(
      Object.fromEntries(
        Object.entries(FINDINGS).map(([code, { sentence, advice }]) => [
          code,
          advice === undefined ? sentence : `${sentence} → ${advice}`,
        ]),
      ),
    );
  });
});
