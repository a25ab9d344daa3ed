import type { components } from '../../api/schema';
import type { Strategy } from './run';

type Body = components['schemas']['StartRestoreDto'];

/** How the target is replaced: closed while the backup is loaded, or only for the exchange; or not at all. */
export type Way = 'closed' | 'online' | 'into';

/** What of the backup is restored. */
export type Part = 'whole' | 'scopes' | 'tables';

/** What a person has chosen so far. */
export interface Choice {
  readonly part: Part;
  readonly scopes: readonly string[];
  /** Names as in SQL, or patterns. */
  readonly tables: readonly string[];
  readonly way: Way;
  /** Name of the new database, for `into`. */
  readonly into: string;
  /** Name of the target, typed. */
  readonly confirm: string;
  readonly allowsIncomplete: boolean;
  readonly skipsSafety: boolean;
  readonly skipReason: string;
}

/** What is known of the backup and the target before one chooses. */
export interface Known {
  /** Scopes of the backup; none for the whole database. */
  readonly backupScopes: readonly string[];
  /** As the newest check says; absent before the first. */
  readonly strategy?: Strategy;
}

export const FIRST_CHOICE: Choice = {
  part: 'whole',
  scopes: [],
  tables: [],
  way: 'closed',
  into: '',
  confirm: '',
  allowsIncomplete: false,
  skipsSafety: false,
  skipReason: '',
};

/** The scope of a safety backup of single tables. */
const TABLES = 'TABLES';

/** The parts that can be chosen. A backup of single tables has no scopes. */
export function partsOf({ backupScopes }: Known): readonly Part[] {
  return backupScopes.includes(TABLES) ? ['whole', 'tables'] : ['whole', 'scopes', 'tables'];
}

/** The ways that would not be refused. Before a check nothing is known against any way of a whole backup. */
export function waysOf({ part }: Pick<Choice, 'part'>, { backupScopes, strategy }: Known): readonly Way[] {
  const isWhole = part === 'whole' && backupScopes.length === 0;
  return isWhole && strategy !== 'in_place' ? ['closed', 'online', 'into'] : ['closed'];
}

/** Whether rows are replaced inside of the target, after a safety backup, instead of exchanging the database. */
export function replacesInside(choice: Pick<Choice, 'part' | 'way'>, { backupScopes, strategy }: Known): boolean {
  if (choice.way !== 'closed') return false;
  return choice.part !== 'whole' || backupScopes.length > 0 || strategy === 'in_place';
}

/** What is still missing or wrong before the restore can be started. */
export type Missing = 'scopes' | 'tables' | 'into' | 'into_name' | 'confirm' | 'skip_reason';

const DATABASE_NAME = /^[a-z_][a-z0-9_]{0,62}$/;
/** The service takes no reason of fewer letters. */
const TEN_LETTERS = /^(?:\P{L}*\p{L}){10}/u;

export function missingIn(choice: Choice, known: Known): readonly Missing[] {
  const missing: Missing[] = [];
  if (choice.part === 'scopes' && choice.scopes.length === 0) missing.push('scopes');
  if (choice.part === 'tables' && choice.tables.length === 0) missing.push('tables');
  if (choice.way === 'into' && choice.into === '') missing.push('into');
  if (choice.way === 'into' && choice.into !== '' && !DATABASE_NAME.test(choice.into)) missing.push('into_name');
  if (choice.way !== 'into' && choice.confirm === '') missing.push('confirm');
  if (choice.skipsSafety && replacesInside(choice, known) && !TEN_LETTERS.test(choice.skipReason)) {
    missing.push('skip_reason');
  }
  return missing;
}

/** The request that says what was chosen, and nothing that does not belong to it. */
export function bodyOf(choice: Choice, known: Known): Body {
  const { way, into, confirm, allowsIncomplete, skipsSafety, skipReason } = choice;
  const isWhole = choice.part === 'whole' && known.backupScopes.length === 0;
  const switches = { online: way === 'online', allow_incomplete: allowsIncomplete && isWhole };
  if (way === 'into') return { ...switches, into };
  const reason = skipsSafety && replacesInside(choice, known) ? { skip_safety_backup_reason: skipReason.trim() } : {};
  const part =
    choice.part === 'tables'
      ? { tables: [...choice.tables] }
      : { scope: choice.part === 'whole' ? ['ALL'] : [...choice.scopes] };
  return { ...switches, ...reason, ...part, confirm };
}
