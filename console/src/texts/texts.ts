import { en } from './en/catalogue';
import { language, type Language } from './language';
import { ru } from './ru/catalogue';

/** Every text of the page; the English one says which there are. */
export type Catalogue = typeof en;

const CATALOGUES: Readonly<Record<Language, Catalogue>> = { en, ru };

/** The texts in the language of the page. A component that calls it is drawn again when the language changes. */
export function texts(): Catalogue {
  return CATALOGUES[language.value];
}
