import { visible, visibleJson, visibleLines } from './visible-text';

/** Escape, bell, delete, a C1 control, no-break and zero-width characters, bidi controls, a tag, a line separator, half a pair. */
const UNSEEN = '\u001b\u0007\u007f\u009b\u200b\u202e\u2066\ufeff\u{e0041}\u2028\ud800\n\t';

describe('a text that is shown', () => {
  it('has no character that is not seen, and all others', () => {
    expect(visible(`звіт 文 é 😀${UNSEEN}`)).toBe(
      'звіт 文 é 😀\\u001b\\u0007\\u007f\\u009b\\u200b\\u202e\\u2066\\ufeff\\udb40\\udc41\\u2028\\ud800\\u000a\\u0009',
    );
  });

  it('keeps its lines where it has some, and none passes for one of ours', () => {
    expect(visibleLines('first\nok: \u001b[2J')).toBe('first\n  ok: \\u001b[2J');
  });

  it('says the same as JSON', () => {
    const json = `${JSON.stringify({ [UNSEEN]: UNSEEN })}\n`;
    const shown = visibleJson(json);
    expect(shown).not.toMatch(/[\p{C}\p{Zl}](?!$)/u);
    expect(JSON.parse(shown)).toEqual({ [UNSEEN]: UNSEEN });
    expect(shown.endsWith('}\n')).toBe(true);
  });
});
