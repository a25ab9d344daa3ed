/** What pg_dump says of an object in the comment above its statements. */
export interface ArchiveHeading {
  /** As the table of contents has it: for a constraint or a policy, the table and its own name. */
  readonly name: string;
  /** In pg_dump's words: `TABLE`, `FK CONSTRAINT`, `POLICY`, … */
  readonly type: string;
  /** `-` for what is in no schema. */
  readonly schema: string;
  /** Empty or `-` when it has none. */
  readonly owner: string;
  readonly tablespace?: string;
}

const NAME = '-- Name: ';
const OWNER = '; Owner: ';
const TABLESPACE = '; Tablespace: ';
const KIND = /; Type: ([A-Z ]+); Schema: /g;

/** What an object's statements end with when another one follows; outside of strings only (`isWholeSql`). */
export const BOUNDARY = Buffer.from('\n--\n-- Name: ');
/** How far into {@link BOUNDARY} the line of the heading begins. */
export const HEADING_AT = '\n--\n'.length;

/**
 * Where a name holds the words between them, the last ones count. Each character is looked at a few times only: the line may be one of
 * a function, and of any length.
 *
 * @returns `undefined` when the line is none
 */
export function headingOf(line: string): ArchiveHeading | undefined {
  const ownerAt = line.lastIndexOf(OWNER);
  if (ownerAt < 0 || !line.startsWith(NAME)) return undefined;
  const [kind] = [...line.slice(0, ownerAt).matchAll(KIND)].slice(-1);
  const type = kind?.[1];
  if (kind === undefined || type === undefined || kind.index < NAME.length) return undefined;
  const [owner = '', ...tablespace] = line.slice(ownerAt + OWNER.length).split(TABLESPACE);
  return {
    name: line.slice(NAME.length, kind.index),
    type,
    schema: line.slice(kind.index + kind[0].length, ownerAt),
    owner,
    ...(tablespace.length === 0 ? {} : { tablespace: tablespace.join(TABLESPACE) }),
  };
}
