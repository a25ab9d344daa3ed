import type { Catalogue } from '../texts';

export const audit: Catalogue['audit'] = {
  title: 'Аудит',
};
