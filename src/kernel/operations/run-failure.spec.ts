import { AppError } from '../errors/app-error';
import { runFailureCode } from './run-failure';

const RUNNING = new AbortController().signal;
const STOPPED = AbortSignal.abort();

describe('the code that a failed run shows', () => {
  it.each([
    [new AppError('backups.no_space'), RUNNING, 'backups.no_space'],
    [Object.assign(new Error('full'), { code: 'ENOSPC' }), RUNNING, 'backups.no_space'],
    [new Error('unheard of'), RUNNING, 'backups.internal'],
    // What the parts threw is a consequence of the stop.
    [new AppError('backups.no_space'), STOPPED, 'backups.interrupted'],
    [new Error('unheard of'), STOPPED, 'backups.interrupted'],
  ])('is for %s', (error, signal, code) => {
    expect(runFailureCode(error, signal, 'backups.interrupted')).toBe(code);
  });
});
