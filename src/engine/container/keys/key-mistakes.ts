/** Characters that shells, env files and word processors put around a text. */
const QUOTE = /^["'`“”„«»‘’]|["'`“”„«»‘’]$/g;
const HEX_DIGITS = /^[0-9a-f]+$/i;
/** Hex digits in pairs or groups with something between them. */
const GROUPED_HEX = /^[0-9a-f]{2,}(?:[\s:_.-]+[0-9a-f]{2,})+$/i;
const BASE64 = /^[A-Za-z0-9+/]{43,}={0,2}$/;
const HOLDS_HEX_KEY = /[0-9a-f]{64}/i;
const ASSIGNED = /^(?:export\s+)?[A-Za-z_][\w.-]*\s*[=:]\s*(\S+)$/;
/** No key in hex or base64 has a `#` or `;` in it. Base64 may have `//`, which begins a comment only after a space. */
const COMMENTED = /^([^\s#;]+)(?:\s+(?:\/\/|--)|\s*[#;])/;
/** From this share of hex digits on, letters of base64 are mistyped digits: one text in 10^15 is so by chance. */
const NEARLY_ALL = 0.9;
const SHORTEST_KEY = 40;

/**
 * Tells from a key's text that something went wrong on the way to it. Every text of 32 bytes is some key, so that
 * without this a pair of quotes would silently make another key, and its backups would need exactly these quotes.
 *
 * @param text without space around it
 * @returns the reason, which goes on after "the key" and never repeats the text
 */
export function mistakeIn(text: string): string | undefined {
  const bare = text.replace(QUOTE, '');
  const isQuoted = bare.length === text.length - 2 || (bare !== text && isKeyLike(bare));
  if (isQuoted && text.length > 1) return 'is in quotes: remove them';
  if (/^0x[0-9a-f]/i.test(text)) return 'begins with 0x: remove it';
  if (isKeyLike(COMMENTED.exec(text)?.[1])) return 'has a comment after it: remove it';
  if (HEX_DIGITS.test(text)) return text.length % 2 === 0 ? undefined : oddly(text.length);
  if (isKeyLike(ASSIGNED.exec(text)?.[1]?.replace(QUOTE, ''))) return 'has the name of a variable before it: remove it';
  const digits = text.replace(/[\s:_.-]/g, '');
  if (GROUPED_HEX.test(text) && digits.length >= SHORTEST_KEY) {
    return 'has spaces, line breaks or signs between its hex digits: remove them';
  }
  if (HOLDS_HEX_KEY.test(text)) return 'has something before or after 64 hex digits: remove it';
  const hexDigits = text.replace(/[^0-9a-f]/gi, '').length;
  if (/^[A-Za-z0-9+/]+$/.test(text) && text.length >= SHORTEST_KEY && hexDigits >= text.length * NEARLY_ALL) {
    return `has ${text.length} characters of which ${hexDigits} are hex digits: the others are mistyped`;
  }
  return undefined;
}

function oddly(count: number): string {
  return `has ${count} hex digits, an odd number: one is missing or too many`;
}

function isKeyLike(text: string | undefined): boolean {
  return text !== undefined && ((HEX_DIGITS.test(text) && text.length >= SHORTEST_KEY) || BASE64.test(text));
}
