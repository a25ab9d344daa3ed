import { closeSync, openSync, writeSync } from 'node:fs';
import { ReadStream } from 'node:tty';
import { visible } from '../../engine/bytes/visible-text';
import { UsageError } from './exit-code';

const ENTER = ['\r', '\n', '\u0004'];
const INTERRUPT = '\u0003';
const ERASE = ['\u007f', '\b'];

/**
 * Asks at the terminal for something that is not shown, whatever standard input is.
 *
 * @returns `undefined` when there is no terminal, or nothing was entered
 * @throws UsageError when it was interrupted
 */
export async function promptHidden(question: string): Promise<string | undefined> {
  return ask(question, { isShown: false });
}

/**
 * Asks at the terminal, whatever standard input is, and shows what is typed.
 *
 * @returns `undefined` when there is no terminal, or nothing was entered
 * @throws UsageError when it was interrupted
 */
export async function askAtTerminal(question: string): Promise<string | undefined> {
  return ask(question, { isShown: true });
}

async function ask(question: string, { isShown }: { isShown: boolean }): Promise<string | undefined> {
  let output: number;
  try {
    output = openSync('/dev/tty', 'w');
  } catch {
    return undefined;
  }
  const input = new ReadStream(openSync('/dev/tty', 'r'));
  input.setRawMode(true);
  input.setEncoding('utf8');
  try {
    writeSync(output, question);
    const entered = await lineOf(input, (text) => (isShown ? writeSync(output, visible(text)) : 0));
    writeSync(output, '\n');
    return entered === '' ? undefined : entered;
  } finally {
    input.setRawMode(false);
    input.destroy();
    closeSync(output);
  }
}

async function lineOf(input: ReadStream, echo: (text: string) => unknown): Promise<string> {
  let line = '';
  for await (const text of input as AsyncIterable<string>) {
    for (const character of text.split('')) {
      if (ENTER.includes(character)) return line;
      if (character === INTERRUPT) throw new UsageError('interrupted');
      if (!ERASE.includes(character)) echo(character);
      line = ERASE.includes(character) ? line.slice(0, -1) : line + character;
    }
  }
  return line;
}
