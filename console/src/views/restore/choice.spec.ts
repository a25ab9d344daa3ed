import { bodyOf, FIRST_CHOICE, missingIn, partsOf, replacesInside, waysOf, type Choice, type Known } from './choice';

const whole: Known = { backupScopes: [] };
const choose = (part: Partial<Choice>): Choice => ({ ...FIRST_CHOICE, ...part });

describe('a choice', () => {
  it('offers only the ways that would not be refused', () => {
    expect(waysOf(FIRST_CHOICE, whole)).toEqual(['closed', 'online', 'into']);
    expect(waysOf(FIRST_CHOICE, { ...whole, strategy: 'swap' })).toEqual(['closed', 'online', 'into']);
    expect(waysOf(FIRST_CHOICE, { ...whole, strategy: 'in_place' })).toEqual(['closed']);
    expect(waysOf(choose({ part: 'scopes' }), whole)).toEqual(['closed']);
    expect(waysOf(FIRST_CHOICE, { backupScopes: ['docs'] })).toEqual(['closed']);
  });

  it('knows when rows are replaced inside of the target', () => {
    expect(replacesInside(FIRST_CHOICE, whole)).toBe(false);
    expect(replacesInside(choose({ part: 'scopes' }), whole)).toBe(true);
    expect(replacesInside(choose({ part: 'tables' }), whole)).toBe(true);
    expect(replacesInside(FIRST_CHOICE, { backupScopes: ['docs'] })).toBe(true);
    expect(replacesInside(FIRST_CHOICE, { ...whole, strategy: 'in_place' })).toBe(true);
    expect(replacesInside(choose({ way: 'into' }), whole)).toBe(false);
  });

  it('offers no scopes of a backup of single tables', () => {
    expect(partsOf(whole)).toEqual(['whole', 'scopes', 'tables']);
    expect(partsOf({ backupScopes: ['TABLES'] })).toEqual(['whole', 'tables']);
  });

  it('says what is missing', () => {
    expect(missingIn(choose({ part: 'tables', confirm: 'scc' }), whole)).toEqual(['tables']);
    expect(missingIn(FIRST_CHOICE, whole)).toEqual(['confirm']);
    expect(missingIn(choose({ part: 'scopes', confirm: 'scc' }), whole)).toEqual(['scopes']);
    expect(missingIn(choose({ way: 'into' }), whole)).toEqual(['into']);
    expect(missingIn(choose({ way: 'into', into: 'Scc copy' }), whole)).toEqual(['into_name']);
    expect(missingIn(choose({ way: 'into', into: 'scc_copy' }), whole)).toEqual([]);
    const inside = choose({ part: 'scopes', scopes: ['docs'], confirm: 'scc', skipsSafety: true });
    expect(missingIn({ ...inside, skipReason: 'no' }, whole)).toEqual(['skip_reason']);
    expect(missingIn({ ...inside, skipReason: 'too damaged to be dumped' }, whole)).toEqual([]);
  });

  it('asks for what was chosen, and nothing else', () => {
    const asked = choose({ confirm: 'scc', into: 'left over', skipsSafety: true, skipReason: 'left over from before' });
    expect(bodyOf(asked, whole)).toEqual({ scope: ['ALL'], confirm: 'scc', online: false, allow_incomplete: false });
    expect(bodyOf({ ...asked, way: 'online', allowsIncomplete: true }, whole)).toMatchObject({
      online: true,
      allow_incomplete: true,
    });
    expect(bodyOf({ ...asked, way: 'into', into: 'scc_copy' }, whole)).toEqual({
      into: 'scc_copy',
      online: false,
      allow_incomplete: false,
    });
    expect(bodyOf({ ...asked, part: 'scopes', scopes: ['docs'], allowsIncomplete: true }, whole)).toEqual({
      scope: ['docs'],
      confirm: 'scc',
      online: false,
      allow_incomplete: false,
      skip_safety_backup_reason: 'left over from before',
    });
    expect(
      bodyOf(choose({ part: 'tables', tables: ['public.doc_*'], scopes: ['docs'], confirm: 'scc' }), whole),
    ).toEqual({
      tables: ['public.doc_*'],
      confirm: 'scc',
      online: false,
      allow_incomplete: false,
    });
  });
});
