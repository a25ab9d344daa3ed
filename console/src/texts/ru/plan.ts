import type { Catalogue } from '../texts';

export const plan: Catalogue['plan'] = {
  title: 'План',
};
