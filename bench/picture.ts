/** A bar of a picture: a stack of parts, in seconds. */
export interface Bar {
  readonly name: string;
  readonly parts: readonly { readonly name: string; readonly seconds: number }[];
}

/** Horizontal bars, one for each row, each a stack of parts. */
export function asPicture(title: string, rows: readonly Bar[]): string {
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
    let x = 270;
    const y = 40 + row * 34;
    const pieces = parts.map((part) => {
      const width = (part.seconds / longest) * 600;
      const piece = `<rect x="${x.toFixed(1)}" y="${y}" width="${width.toFixed(1)}" height="22" fill="${colourOf(part.name)}"><title>${part.name}: ${part.seconds.toFixed(2)} s</title></rect>`;
      x += width;
      return piece;
    });
    const total = parts.reduce((sum, { seconds }) => sum + seconds, 0);
    return [
      `<text x="260" y="${y + 16}" text-anchor="end">${name}</text>`,
      ...pieces,
      `<text x="${(x + 6).toFixed(1)}" y="${y + 16}">${total.toFixed(1)} s</text>`,
    ];
  });
  const legendTop = 60 + rows.length * 34;
  const legend = names.map((name, i) => {
    const [x, y] = [20 + (i % 4) * 240, legendTop + Math.floor(i / 4) * 20];
    return `<rect x="${x}" y="${y - 11}" width="12" height="12" fill="${colourOf(name)}"/><text x="${x + 18}" y="${y}">${name}</text>`;
  });
  const height = legendTop + Math.ceil(names.length / 4) * 20;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="980" height="${height}" font-family="sans-serif" font-size="13"><rect width="100%" height="100%" fill="#fff"/><text x="20" y="22" font-size="15">${title}</text>${bars.join('')}${legend.join('')}</svg>\n`;
}
