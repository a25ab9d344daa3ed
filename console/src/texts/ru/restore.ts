import type { Catalogue } from '../texts';

export const restore: Catalogue['restore'] = {
  title: 'Восстановление',
  runs: 'Запуски восстановления',
};
