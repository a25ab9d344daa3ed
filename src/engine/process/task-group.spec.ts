import { TaskGroup } from './task-group';

describe('TaskGroup', () => {
  it('runs no more at once than it may, and all of them in the end', async () => {
    const group = new TaskGroup([], 2);
    let [running, most, ended] = [0, 0, 0];
    for (let i = 0; i < 8; i += 1) {
      void group.run(async () => {
        running += 1;
        most = Math.max(most, running);
        await new Promise(setImmediate);
        running -= 1;
        ended += 1;
      });
    }
    await group.finished();
    expect([most, ended]).toEqual([2, 8]);
  });

  it('waits also for what its tasks have started', async () => {
    const group = new TaskGroup([], 1);
    let ended = 0;
    void group.run(async () => {
      await new Promise(setImmediate);
      void group.run(async () => {
        await new Promise(setImmediate);
        ended += 1;
      });
    });
    await group.finished();
    expect(ended).toBe(1);
  });

  it('aborts what runs and does not begin what waits when one fails', async () => {
    const group = new TaskGroup([], 1);
    const begun: number[] = [];
    void group.run(async () => {
      begun.push(0);
      await Promise.reject(new Error('the first'));
    });
    void group.run(() => Promise.resolve(begun.push(1)));
    await expect(group.finished()).rejects.toThrow('the first');
    expect(begun).toEqual([0]);
    expect(group.signal.aborted).toBe(true);
  });
});
