import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Variable } from './variable';
import { SECTIONS, VARIABLES } from './variables';

describe('the table of variables', () => {
  it('is explained in .env.example, every variable of it, with its other names', () => {
    const example = readFileSync(join(__dirname, '../../../.env.example'), 'utf8');
    const blocks = example.split('\n\n').slice(1);
    const expected = Object.entries<Variable>(VARIABLES).map(([name, { meaning, aliases = [], isSecret }]) => {
      const others = [
        ...(aliases.length === 0 ? [] : [`also ${aliases.join(', ')}`]),
        ...(isSecret === true ? [`or ${name}_FILE`] : []),
      ];
      const plain = meaning.replaceAll('`', '');
      // A sentence that begins with a value begins as the value does.
      const first = meaning.startsWith('`') ? plain.charAt(0) : plain.charAt(0).toUpperCase();
      const sentence = `# ${first}${plain.slice(1)}.`;
      return [name, sentence, others.length === 0 ? undefined : `# (${others.join('; ')})`];
    });
    const found = blocks.map((block) => {
      const lines = block.trim().split('\n');
      return [/^# ([A-Z0-9_]+)=/.exec(lines.at(-1) ?? '')?.[1], lines[0], lines.find((line) => line.startsWith('# ('))];
    });
    expect(found).toEqual(expected);
  });

  it('has every variable under one heading, and no two of one name', () => {
    const named = Object.values(SECTIONS).flatMap((section) => Object.keys(section));
    expect(named).toEqual(Object.keys(VARIABLES));
  });

  it('gives the limits of a number as its shape has them', () => {
    for (const [name, { meaning, shape }] of Object.entries<Variable>(VARIABLES)) {
      const [, from, to] = /(\d+)–(\d+)/.exec(meaning) ?? [];
      if (from === undefined || to === undefined) continue;
      const accepted = [Number(from) - 1, from, to, Number(to) + 1].map((n) => shape.safeParse(String(n)).success);
      expect([name, accepted]).toEqual([name, [false, true, true, false]]);
    }
  });

  it('explains every variable', () => {
    for (const [name, { meaning, default: standard, otherwise }] of Object.entries<Variable>(VARIABLES)) {
      expect([name, meaning]).not.toContain('');
      expect([name, [standard, otherwise].filter((one) => one !== undefined)]).toEqual([name, [expect.any(String)]]);
    }
  });
});
