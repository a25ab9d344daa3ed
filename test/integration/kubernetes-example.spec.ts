import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { unknownVariables } from '../../src/kernel/config/unknown-variables';

const CHART = join(__dirname, '../../docs/examples/kubernetes');
const read = (name: string): string => readFileSync(join(CHART, name), 'utf8');
const templates = readdirSync(join(CHART, 'templates')).map((name) => read(join('templates', name)));

/** The few expressions that the templates use, as Helm would put in their values. */
function rendered(template: string): string {
  const values: unknown = parse(read('values.yaml'));
  const valueOf = (path: string): string => {
    const value = path.split('.').reduce<unknown>((at, name) => (at as Record<string, unknown>)[name], values);
    if (typeof value !== 'string' && typeof value !== 'number') throw new Error(`values.yaml has no ${path}`);
    return String(value);
  };
  return template
    .replaceAll('{{ .Release.Name }}', 'backups')
    .replaceAll(/\{\{ \.Values\.([\w.]+) \}\}/g, (_, path: string) => valueOf(path))
    .replaceAll(/\{\{ \.Values\.([\w.]+) \| quote \}\}/g, (_, path: string) => JSON.stringify(valueOf(path)))
    .replaceAll(/\{\{ add \.Values\.([\w.]+) (\d+) \}\}/g, (_, path: string, more: string) =>
      String(Number(valueOf(path)) + Number(more)),
    );
}

describe('the example for Kubernetes', () => {
  it('is YAML of known kinds once its few expressions are replaced', () => {
    const kinds = templates.map((template) => {
      const text = rendered(template);
      expect(text).not.toContain('{{');
      return (parse(text) as { kind: string }).kind;
    });
    expect(kinds.sort()).toEqual(['Deployment', 'PersistentVolumeClaim', 'Service']);
    expect(parse(read('Chart.yaml'))).toMatchObject({ apiVersion: 'v2', name: 'berkut-backups' });
  });

  it('configures nothing that the service does not know', () => {
    const names = templates.flatMap((template) =>
      [...template.matchAll(/- name: ((?:BERKUT|BACKUP)_\w+)/g)].map(([, name = '']) => name),
    );
    expect(names.length).toBeGreaterThan(8);
    expect(unknownVariables(Object.fromEntries(names.map((name) => [name, 'x'])))).toEqual([]);
  });
});
