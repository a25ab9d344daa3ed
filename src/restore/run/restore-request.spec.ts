import type { AppConfig } from '../../kernel/config/config';
import { AppError } from '../../kernel/errors/app-error';
import { isWholeMeant, refuseOnline, refusePromoting } from './restore-request';

const keeping = (keepPreviousHours: number) => ({ restore: { keepPreviousHours } }) as AppConfig;

const thrownBy = (act: () => void): unknown => {
  try {
    act();
  } catch (error) {
    return error;
  }
  return undefined;
};

describe('a restore that loads while the target is open', () => {
  it('is of the whole database, without its caller having to say so', () => {
    expect(isWholeMeant({ online: true })).toBe(true);
    expect(() => refuseOnline(null, keeping(24))).not.toThrow();
  });

  it.each([
    ['of some scopes', ['tasks'], 24],
    ['where no old database is kept, with which what was written would go', null, 0],
  ])('is refused %s', (_why, scope, hours) => {
    expect(() => refuseOnline(scope, keeping(hours))).toThrow(AppError);
  });
});

describe('the database of a rehearsal', () => {
  it('is kept and promoted only where the old database is kept, with what was written since', () => {
    expect(() => refusePromoting(keeping(1))).not.toThrow();
    expect(() => refusePromoting(keeping(0))).toThrow(AppError);
    const details: unknown = expect.objectContaining({ field: 'keep_hours' });
    const refusal: unknown = expect.objectContaining({ code: 'backups.invalid_request', details });
    expect(thrownBy(() => refusePromoting(keeping(0), 'keep_hours'))).toEqual(refusal);
  });
});
