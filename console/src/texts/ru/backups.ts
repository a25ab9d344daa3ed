import type { Catalogue } from '../texts';

export const backups: Catalogue['backups'] = {
  title: 'Копии',
};
