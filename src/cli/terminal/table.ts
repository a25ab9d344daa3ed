import { visible } from '../../engine/bytes/visible-text';

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

/** Characters that take two columns of a terminal; those that take none belong to the one before. */
const WIDE =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\u3000-\u303f\uff01-\uff60]/u;
const NONE = /[\p{M}\u200b-\u200d\ufe0f]/u;

/**
 * Rows of text in columns as wide as their widest cell; what cannot be seen is escaped before it is measured.
 *
 * @param rows the first may be the heading
 * @param right numbers of the columns whose cells end at the right
 */
export function alignedTable(rows: readonly (readonly string[])[], right: readonly number[] = []): string[] {
  const shown = rows.map((row) => row.map(visible));
  const widths: number[] = [];
  for (const row of shown) row.forEach((cell, i) => (widths[i] = Math.max(widths[i] ?? 0, widthOf(cell))));
  return shown.map((row) =>
    row
      .map((cell, i) => {
        const padding = ' '.repeat((widths[i] ?? 0) - widthOf(cell));
        return right.includes(i) ? padding + cell : cell + padding;
      })
      .join('  ')
      .trimEnd(),
  );
}

/** Bytes in the unit that a person reads easily: `4.9 MiB`. */
export function bytesInWords(bytes: number): string {
  const power = Math.min(Math.floor(Math.log2(Math.max(bytes, 1)) / 10), UNITS.length - 1);
  return `${power === 0 ? bytes : (bytes / 1024 ** power).toFixed(1)} ${UNITS[power] ?? 'B'}`;
}

/** Columns of a terminal. */
function widthOf(text: string): number {
  let width = 0;
  for (const character of text) width += NONE.test(character) ? 0 : WIDE.test(character) ? 2 : 1;
  return width;
}
