/** Forms of a noun after a number, by the rules of its language. */
export interface Forms {
  readonly one: string;
  readonly few?: string;
  readonly many?: string;
  readonly other: string;
}

/** @returns a function from a number to the number with the right form of the noun */
export function pluralsOf(language: string): (count: number, forms: Forms) => string {
  const rules = new Intl.PluralRules(language);
  const numbers = new Intl.NumberFormat(language);
  return (count, forms) => {
    const rule = rules.select(count);
    const form = rule === 'one' || rule === 'few' || rule === 'many' ? forms[rule] : undefined;
    return `${numbers.format(count)} ${form ?? forms.other}`;
  };
}
