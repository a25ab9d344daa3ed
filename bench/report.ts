import { median } from './statistics';

/** Seconds of each contender in each round, in the order of the rounds. */
export type Times = Record<string, number[]>;

/** A promise about two contenders. */
export interface Target {
  what: string;
  ours: string;
  theirs: string;
  atMost: number;
}

export const TARGETS: readonly Target[] = [
  {
    what: 'backup over HTTP against `pg_dump -Fc -Z0 | zstd -1 -T0 | age`',
    ours: 'backup',
    theirs: 'backup: pipeline',
    atMost: 1,
  },
  { what: 'backup against the way of version 1', ours: 'backup', theirs: 'backup: version 1', atMost: 0.45 },
  {
    what: 'restore against `age -d | zstd -d | pg_restore`',
    ours: 'restore',
    theirs: 'restore: pipeline',
    atMost: 0.8,
  },
  {
    what: 'restore against `pg_restore -j2` from a plain file',
    ours: 'restore',
    theirs: 'restore: pg_restore -j2',
    atMost: 1.05,
  },
  { what: 'verification against `age -d | zstd -t`', ours: 'verify', theirs: 'verify: pipeline', atMost: 0.8 },
  { what: 'download against a bare file server', ours: 'download', theirs: 'download: bare', atMost: 1.1 },
  { what: 'import against a bare write with fsync', ours: 'import', theirs: 'import: bare', atMost: 1.3 },
];

/** Ratios are made pair by pair, round by round, so that a slow minute of the machine counts for both. */
export function ratio(times: Times, ours: string, theirs: string): number {
  const pairs = (times[ours] ?? []).map((value, i) => value / (times[theirs]?.[i] ?? NaN));
  return median(pairs);
}

export function asTable(times: Times): string {
  const lines = ['| contender | median, s | rounds |', '| --- | ---: | --- |'];
  for (const [name, values] of Object.entries(times)) {
    lines.push(`| ${name} | ${median(values).toFixed(2)} | ${values.map((value) => value.toFixed(2)).join(' ')} |`);
  }
  lines.push('', '| what | ratio | at most |', '| --- | ---: | ---: |');
  for (const { what, ours, theirs, atMost } of TARGETS) {
    if (times[ours] === undefined || times[theirs] === undefined) continue;
    const value = ratio(times, ours, theirs);
    lines.push(`| ${what} | ${value.toFixed(2)}${value <= atMost ? '' : ' **missed**'} | ${atMost.toFixed(2)} |`);
  }
  return lines.join('\n');
}

/** Horizontal bars, one for each row, each a stack of parts. */
export function asPicture(
  title: string,
  rows: readonly { name: string; parts: readonly { name: string; seconds: number }[] }[],
): string {
  const colours = [
    '#4e79a7',
    '#f28e2b',
    '#76b7b2',
    '#e15759',
    '#59a14f',
    '#b07aa1',
    '#9c755f',
    '#edc948',
    '#ff9da7',
    '#bab0ac',
  ];
  const names = [...new Set(rows.flatMap(({ parts }) => parts.map(({ name }) => name)))];
  const longest = Math.max(...rows.map(({ parts }) => parts.reduce((sum, { seconds }) => sum + seconds, 0)));
  const colourOf = (name: string): string => colours[names.indexOf(name) % colours.length] ?? '#000';
  const bars = rows.flatMap(({ name, parts }, row) => {
    let x = 150;
    const y = 40 + row * 34;
    const pieces = parts.map((part) => {
      const width = (part.seconds / longest) * 600;
      const piece = `<rect x="${x.toFixed(1)}" y="${y}" width="${width.toFixed(1)}" height="22" fill="${colourOf(part.name)}"><title>${part.name}: ${part.seconds.toFixed(2)} s</title></rect>`;
      x += width;
      return piece;
    });
    const total = parts.reduce((sum, { seconds }) => sum + seconds, 0);
    return [
      `<text x="140" y="${y + 16}" text-anchor="end">${name}</text>`,
      ...pieces,
      `<text x="${(x + 6).toFixed(1)}" y="${y + 16}">${total.toFixed(1)} s</text>`,
    ];
  });
  const legendTop = 60 + rows.length * 34;
  const legend = names.map((name, i) => {
    const [x, y] = [150 + (i % 3) * 220, legendTop + Math.floor(i / 3) * 20];
    return `<rect x="${x}" y="${y - 11}" width="12" height="12" fill="${colourOf(name)}"/><text x="${x + 18}" y="${y}">${name}</text>`;
  });
  const height = legendTop + Math.ceil(names.length / 3) * 20;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="840" height="${height}" font-family="sans-serif" font-size="13"><rect width="100%" height="100%" fill="#fff"/><text x="20" y="22" font-size="15">${title}</text>${bars.join('')}${legend.join('')}</svg>\n`;
}
