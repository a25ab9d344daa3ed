/** Longer texts are cut: the rest does not help a reader of the log, and every character costs time. */
const MAX_CHARACTERS = 16_384;
/** Goes before a cut: half a secret is not recognized as one. */
const MAX_WORD_CHARACTERS = 4_096;

/**
 * A password in a URL, whatever the scheme. It begins at the colon before the slashes, and no part goes over a slash, so that no
 * character is looked at from two beginnings: the time grows with the text and not with its square.
 */
const URL_PASSWORD = /(:\/\/[^\s:/@]*):[^\s/]*@/g;
/** What a signed token may be part of, as a whole. */
const DOTTED = /(?<![A-Za-z0-9_.-])[A-Za-z0-9_.-]{20,}/g;
/** Sixty-four hex digits may be a checksum or a key; a log can do without either. */
const HEX_KEY = /\b[0-9a-f]{64}\b/gi;
/** Header of a signed token: JSON that begins with `{"`, in base64. */
const TOKEN_BEGINNING = 'eyJ';
const TOKEN_DOTS = 2;

/** Takes from a text whatever looks like a secret, and all that is beyond 16,384 characters. */
export function redact(text: string): string {
  return cut(text).replace(URL_PASSWORD, '$1:[redacted]@').replace(DOTTED, withoutToken).replace(HEX_KEY, '[redacted]');
}

function cut(text: string): string {
  if (text.length <= MAX_CHARACTERS) return text;
  let end = MAX_CHARACTERS;
  while (end > MAX_CHARACTERS - MAX_WORD_CHARACTERS && !/\s/.test(text.charAt(end - 1))) end -= 1;
  return `${text.slice(0, end)}… (${text.length - end} more characters)`;
}

function withoutToken(run: string): string {
  const begin = run.indexOf(TOKEN_BEGINNING);
  if (begin === -1) return run;
  const isToken = run.slice(begin).split('.').length > TOKEN_DOTS;
  return isToken ? `${run.slice(0, begin)}[redacted]` : run;
}
