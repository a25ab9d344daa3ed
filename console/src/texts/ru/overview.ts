import type { Catalogue } from '../texts';

export const overview: Catalogue['overview'] = {
  title: 'Обзор',
};
