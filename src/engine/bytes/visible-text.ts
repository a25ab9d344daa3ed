/** Characters that are not seen or change how others are: controls, format and bidi characters, lone surrogates, line separators. */
const UNSEEN = /[\p{C}\p{Zl}\p{Zp}]/gu;
/** The same but for the end of a line, which ends a document. */
const UNSEEN_IN_LINE = /(?!\n$)[\p{C}\p{Zl}\p{Zp}]/gu;

/** A text for a terminal, a mail or a log: no character of it can do anything or hide. */
export function visible(text: string): string {
  return text.replace(UNSEEN, escaped);
}

/** A text of several lines, each {@link visible}; those after the first are set in, so that none passes for one of ours. */
export function visibleLines(text: string): string {
  return text.split('\n').map(visible).join('\n  ');
}

/** JSON in one line whose texts are {@link visible}; it says the same as before. */
export function visibleJson(json: string): string {
  return json.replace(UNSEEN_IN_LINE, escaped);
}

/** As JSON escapes: by UTF-16 code units. */
function escaped(character: string): string {
  return Array.from(
    { length: character.length },
    (_, i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`,
  ).join('');
}
