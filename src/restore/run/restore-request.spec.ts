import type { AppConfig } from '../../kernel/config/config';
import { AppError } from '../../kernel/errors/app-error';
import { isWholeMeant, refuseOnline } from './restore-request';

const keeping = (keepPreviousHours: number) => ({ restore: { keepPreviousHours } }) as AppConfig;

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
