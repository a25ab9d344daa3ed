import type { Catalogue } from '../texts';
import { audit } from './audit';
import { backups } from './backups';
import { common } from './common';
import { errors } from './errors';
import { overview } from './overview';
import { plan } from './plan';
import { restore } from './restore';
import { signIn } from './sign-in';

export const ru: Catalogue = { audit, backups, common, errors, overview, plan, restore, signIn };
