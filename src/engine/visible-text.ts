/** Characters that are not seen or change how others are: controls, format and bidi characters, lone surrogates, line separators. */
const UNSEEN = /[\p{C}\p{Zl}\p{Zp}]/gu;
/** A text for a terminal, a mail or a log: no character of it can do anything or hide. */
export function visible(text: string): string {
  return text.replace(UNSEEN, escaped);
}

/** As JSON escapes: by UTF-16 code units. */
function escaped(character: string): string {
  return Array.from(
    { length: character.length },
    (_, i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`,
  ).join('');
}
