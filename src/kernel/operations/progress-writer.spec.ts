import { type ProgressReport, type ProgressView, ProgressWriter } from './progress-writer';

describe('ProgressWriter', () => {
  const written = async (reports: readonly (readonly [atSeconds: number, report: ProgressReport])[]) => {
    let nowMs = 0;
    const views: ProgressView[] = [];
    const writer = new ProgressWriter({ now: () => new Date(nowMs) }, (view) => Promise.resolve(void views.push(view)));
    for (const [atSeconds, report] of reports) {
      nowMs = atSeconds * 1000;
      writer.report(report);
    }
    await writer.settled();
    return views;
  };
  const data = (bytesDone: number): ProgressReport => ({ phase: 'data', bytesDone, bytesTotal: 1000 });

  it('writes the first report of a phase at once, and the others once a second', async () => {
    const views = await written([
      [0, data(0)],
      [0.5, data(100)],
      [1, data(200)],
      [1.9, data(300)],
      [1.95, { phase: 'analyze', bytesDone: 0 }],
    ]);
    expect(views).toEqual([
      { phase: 'data', percent: 0, bytes_done: 0, bytes_total: 1000 },
      { phase: 'data', percent: 20, bytes_done: 200, bytes_total: 1000, eta_seconds: 4 },
      { phase: 'analyze', percent: 0, bytes_done: 0 },
    ]);
  });

  it('estimates by what was done since the phase began', async () => {
    const views = await written([
      [0, data(500)],
      [10, data(600)],
    ]);
    expect(views[1]).toEqual({ phase: 'data', percent: 60, bytes_done: 600, bytes_total: 1000, eta_seconds: 40 });
  });

  it('never says that all is done: the phase goes on', async () => {
    expect((await written([[0, data(1200)]]))[0]).toMatchObject({ percent: 99 });
  });

  it('goes on when a report could not be written', async () => {
    const views: ProgressView[] = [];
    const writer = new ProgressWriter({ now: () => new Date(0) }, (view) => {
      views.push(view);
      return Promise.reject(new Error('gone'));
    });
    writer.report({ phase: 'a', bytesDone: 0 });
    writer.report({ phase: 'b', bytesDone: 0 });
    await writer.settled();
    expect(views.map(({ phase }) => phase)).toEqual(['a', 'b']);
  });
});
