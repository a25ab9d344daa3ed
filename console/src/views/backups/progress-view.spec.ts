import { progressView } from './progress-view';
import { percentOf, secondsLeft, type Upload } from './upload-state';

describe('progressView', () => {
  it('gives no percent where the whole is not known', () => {
    expect(progressView({ phase: 'analyze', percent: 0, bytes_done: 3 })).toEqual({ phase: 'analyze' });
    expect(progressView({ phase: 'data', percent: 0, bytes_done: 0, bytes_total: 9 })).toMatchObject({ percent: 0 });
  });

  it('shows no table above 100 percent, because totals of a backup are estimates', () => {
    const current = [
      { table: 'public.docs', bytes_done: 30, bytes_total: 20 },
      { table: 'public.tasks', bytes_done: 0, bytes_total: 0 },
    ];
    const view = progressView({ phase: 'dump', percent: 5, bytes_done: 1, tables: { done: 1, total: 4, current } });
    expect(view.tables?.current.map(({ percent }) => percent)).toEqual([100, 100]);
  });
});

describe('an upload', () => {
  const upload: Upload = {
    filename: 'x.bscc',
    phase: 'sending',
    bytesDone: 600,
    bytesTotal: 1000,
    bytesBefore: 200,
    beganMs: 0,
  };

  it('judges the time left by what was sent now, not by what was there before', () => {
    expect(percentOf(upload)).toBe(60);
    expect(secondsLeft(upload, 4_000)).toBe(4);
  });

  it('judges nothing too early, or while nothing is sent', () => {
    expect(secondsLeft(upload, 500)).toBeUndefined();
    expect(secondsLeft({ ...upload, phase: 'waiting' }, 4_000)).toBeUndefined();
    expect(secondsLeft({ ...upload, bytesDone: 200 }, 4_000)).toBeUndefined();
  });
});
