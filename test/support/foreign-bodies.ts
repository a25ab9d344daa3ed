/** What clients send, on purpose or because they were not told otherwise. */
export const TYPES = [
  'multipart/form-data; boundary=b',
  'multipart/mixed; boundary=b',
  'application/x-www-form-urlencoded',
  'text/plain',
  'text/json',
  'application/xml',
  'application/octet-stream',
  'application/ld+json',
  'application/jsonp',
  'application/json, text/plain',
  'application/json-patch+json',
  'json',
  'x',
];
/** A form, whatever its type says. */
export const BODY = '--b\r\nContent-Disposition: form-data; name="scope"\r\n\r\ndocs\r\n--b--\r\n';

/** Names that every object inherits. */
export const INHERITED = [
  '__proto__',
  'constructor',
  'hasOwnProperty',
  'isPrototypeOf',
  'toString',
  '__defineGetter__',
];
