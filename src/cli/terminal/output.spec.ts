import { Output } from './output';

/** Of a table, and with it of what a server says: it would write to the clipboard of a terminal. */
const EVIL = 'a\u001b]52;c;aGk=\u0007b\u202ec\u200bd\u0085e';
const SEEN = String.raw`a\u001b]52;c;aGk=\u0007b\u202ec\u200bd\u0085e`;

describe('what bscc says', () => {
  it.each<[string, (output: Output) => void]>([
    ['a result', (output) => output.result({}, [EVIL, ['x', EVIL]])],
    ['a line', (output) => output.line(EVIL)],
    ['the end of a step', (output) => output.step(EVIL)],
    ['a note', (output) => output.note(EVIL)],
    ['a failure', (output) => output.failure('some_code', EVIL)],
    ['progress', (output) => output.progress(EVIL, 1, 2)],
  ])('does nothing to a terminal: %s', (_, say) => {
    const said: string[] = [];
    const keep = (text: unknown): boolean => said.push(String(text)) > 0;
    const spies = [jest.spyOn(process.stdout, 'write'), jest.spyOn(process.stderr, 'write')];
    const { isTTY } = process.stderr;
    process.stderr.isTTY = true;
    try {
      for (const spy of spies) spy.mockImplementation(keep);
      say(new Output(false));
    } finally {
      process.stderr.isTTY = isTTY;
      for (const spy of spies) spy.mockRestore();
    }
    expect(said.join('')).toContain(SEEN);
    expect(said.join('').replace(/[\n\t\r]/g, '')).not.toMatch(/\p{C}/u);
  });
});
