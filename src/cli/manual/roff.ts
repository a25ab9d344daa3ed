/** A text as lines of roff: no character of it is a request or an escape. */
export function roffText(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(
      /[^\x20-\x7e\n]/gu,
      (character) => `\\[u${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}]`,
    )
    .replace(/^(?=[.'])/gm, '\\&');
}

/** A word or a phrase in bold. */
export function bold(text: string): string {
  return `\\fB${roffText(text)}\\fR`;
}

/** An argument of a request, with its quotation marks. */
export function argument(text: string): string {
  return `"${roffText(text).replaceAll('"', '\\(dq')}"`;
}

/** An entry: what it is about, and the text below it. */
export function entry(about: string, text: string): string[] {
  return ['.TP', about, roffText(text)];
}
