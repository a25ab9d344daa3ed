import { chunksOf, collect } from '../../../../test/support/containers';
import { noEndMarks } from './no-end-marks';

const passed = async (rows: string, size: number): Promise<string> =>
  (await collect(noEndMarks(chunksOf(Buffer.from(rows), size)))).toString();

describe('rows in text for psql', () => {
  it.each([1, 2, 3, 1000])('pass as they are, cut after %i bytes', async (size) => {
    const rows = 'a\tb\n\n\\\\.\n\\N\n.\n\\.x\nx\\.\n\\\n';
    expect(await passed(rows, size)).toBe(rows);
  });

  it.each(['\\.\n', 'a\n\\.\n\\! id\n', '\n\\.\r\nx\n'])('must not end themselves: %j', async (rows) => {
    for (const size of [1, 2, 3, 1000])
      await expect(passed(rows, size)).rejects.toMatchObject({ name: 'ContainerError', fault: 'corrupted' });
  });
});
