/** A password in a URL, whatever the scheme. */
const URL_PASSWORD = /([a-z][a-z0-9+.-]*:\/\/[^\s:/@]*):[^\s@/]*@/gi;
/** A signed token. */
const TOKEN = /\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*/g;
/** Sixty-four hex digits may be a checksum or a key; a log can do without either. */
const HEX_KEY = /\b[0-9a-f]{64}\b/gi;

/** Takes from a text whatever looks like a secret. */
export function redact(text: string): string {
  return text.replace(URL_PASSWORD, '$1:[redacted]@').replace(TOKEN, '[redacted]').replace(HEX_KEY, '[redacted]');
}
