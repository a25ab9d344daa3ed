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

const HEADING = /^-- Name: (.*); Type: ([A-Z ]+); Schema: (.*); Owner: (.*?)(?:; Tablespace: (.*))?$/;

/** What an object's statements end with when another one follows; outside of strings only (`isWholeSql`). */
export const BOUNDARY = Buffer.from('\n--\n-- Name: ');
/** How far into {@link BOUNDARY} the line of the heading begins. */
export const HEADING_AT = '\n--\n'.length;
/** @returns `undefined` when the line is none */
export function headingOf(line: string): ArchiveHeading | undefined {
  const [, name, type, schema, owner, tablespace] = HEADING.exec(line) ?? [];
  if (name === undefined || type === undefined || schema === undefined) return undefined;
  return { name, type, schema, owner: owner ?? '', ...(tablespace === undefined ? {} : { tablespace }) };
}
