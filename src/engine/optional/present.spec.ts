import { type Present, present } from './present';
import { unlessEmpty } from './unless-empty';

interface Answer {
  id: number;
  label?: string;
  size?: number;
}

describe('present', () => {
  it('leaves out what is undefined or null, and keeps every other value', () => {
    expect(Object.entries(present({ a: undefined, b: null, c: 0, d: '', e: false, f: NaN, g: [] }))).toEqual(
      Object.entries({ c: 0, d: '', e: false, f: NaN, g: [] }),
    );
  });

  it('keeps the order of the properties, and the values themselves', () => {
    const [list, at] = [[1], new Date(0)];
    const kept = present({ z: list, none: null, a: at });
    expect(Object.keys(kept)).toEqual(['z', 'a']);
    expect(kept.z).toBe(list);
    expect(kept.a).toBe(at);
  });

  it('replaces nothing where it is spread after what it leaves out', () => {
    const changes: { label?: string; pinned: boolean | null } = { pinned: null };
    expect({ label: 'kept', pinned: true, ...present(changes) }).toEqual({ label: 'kept', pinned: true });
  });

  it('has the type of an answer whose properties may be missing, but not undefined', () => {
    const of = (id: number, label: string | null, size: number | undefined): Answer => present({ id, label, size });
    expect(of(1, null, undefined)).toEqual({ id: 1 });
    expect(of(1, 'a', 2)).toEqual({ id: 1, label: 'a', size: 2 });
    // What is required cannot be left out.
    const isAnswer: Present<{ id: number | null }> extends Answer ? true : false = false;
    expect(isAnswer).toBe(false);
  });
});

describe('unlessEmpty', () => {
  it('is the list or the text itself, and undefined where that is empty', () => {
    const list = ['a'];
    expect(unlessEmpty(list)).toBe(list);
    expect(unlessEmpty(' ')).toBe(' ');
    expect(unlessEmpty([])).toBeUndefined();
    expect(unlessEmpty('')).toBeUndefined();
  });
});
