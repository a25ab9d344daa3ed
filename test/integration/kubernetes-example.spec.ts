import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { unknownVariables } from '../../src/kernel/config/unknown-variables';

const CHART = join(__dirname, '../../docs/examples/kubernetes');
const read = (name: string): string => readFileSync(join(CHART, name), 'utf8');
const templates = readdirSync(join(CHART, 'templates')).map((name) => read(join('templates', name)));

interface Container {
  env: { name: string; value: string }[];
}

/** The few expressions that the templates use, as Helm would put in their values. */
function rendered(template: string, changes: object = {}): string {
  const values: unknown = { ...(parse(read('values.yaml')) as object), ...changes };
  const valueOf = (path: string): string => {
    const value = path.split('.').reduce<unknown>((at, name) => (at as Record<string, unknown>)[name], values);
    if (typeof value !== 'string' && typeof value !== 'number') throw new Error(`values.yaml has no ${path}`);
    return String(value);
  };
  return template
    .replaceAll(/ *\{\{- if \.Values\.([\w.]+) \}\}\n([\s\S]*?) *\{\{- end \}\}\n/g, (_, path: string, body: string) =>
      valueOf(path) === '' ? '' : body,
    )
    .replaceAll(
      / *\{\{- range \$name, \$value := \.Values\.(\w+) \}\}\n([\s\S]*?) *\{\{- end \}\}\n/g,
      (_, path: string, body: string) =>
        Object.entries((values as Record<string, Record<string, string>>)[path] ?? {})
          .map(([name, value]) =>
            body.replace('{{ $name }}', name).replace('{{ $value | quote }}', JSON.stringify(value)),
          )
          .join(''),
    )
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

  it('leaves the class of the storage to the cluster unless one is named: an empty one would mean none', () => {
    const claimOf = (className: string): unknown => {
      const storage = { size: '1Gi', className };
      return (parse(rendered(read('templates/storage.yaml'), { storage })) as { spec: unknown }).spec;
    };
    expect(claimOf('')).not.toHaveProperty('storageClassName');
    expect(claimOf('fast')).toMatchObject({ storageClassName: 'fast' });
  });

  it('configures nothing that the service does not know', () => {
    const names = templates.flatMap((template) =>
      [...template.matchAll(/- name: ((?:BERKUT|BACKUP)_\w+)/g)].map(([, name = '']) => name),
    );
    expect(names.length).toBeGreaterThan(8);
    const deployment = parse(
      rendered(read('templates/deployment.yaml'), { env: { BERKUT_NOTICE_MAIL_TO: 'dba@example.org' } }),
    ) as { spec: { template: { spec: { containers: Container[] } } } };
    expect(deployment.spec.template.spec.containers[0]?.env.at(-1)).toEqual({
      name: 'BERKUT_NOTICE_MAIL_TO',
      value: 'dba@example.org',
    });
    expect(unknownVariables(Object.fromEntries(names.map((name) => [name, 'x'])))).toEqual([]);
  });
});
