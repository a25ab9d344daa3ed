import type { Archive } from '../postgres/archive/archive';
import type { CountedRows } from '../postgres/rows/counted-rows';
import type { TablesProgress } from '../postgres/rows/tables-under-way';
import type { LoadTarget } from '../postgres/load/pg-restore';

/** Progress of loading: in bytes of the archives, and after that of the tables that are read to build indexes and keys. */
interface LoadProgress {
  readonly phase: 'pre-data' | 'data' | 'post-data';
  readonly bytesDone: number;
  readonly bytesTotal: number;
  /** While rows are loaded that were copied. */
  readonly tables?: (() => TablesProgress) | undefined;
}

/** A role that is made to load rows and dropped when they are in, so that code that runs meanwhile can do nothing else. */
export interface LoadRoleOrder {
  /** Not there yet, and noted where it is looked for if this process dies. */
  readonly name: string;
  /** Whose it is, and who may drop it, as of placeholders. */
  readonly owner: string;
  /** It cannot be made or let in, and the role of the address, which loads the rows instead, is a superuser. */
  readonly onNotUsed: () => void;
  /** It could not be dropped. */
  readonly onStays: (error: unknown) => void | Promise<void>;
}

/** What is loaded, and where. */
export interface LoadOrder extends LoadTarget {
  /** Of a container that has been verified. */
  readonly archive: Archive;
  /** Connections at once, whatever the number of streams. */
  readonly jobs: number;
  readonly onProgress: (progress: LoadProgress) => void;
  /** From which size on, bytes, the indexes of a table are begun as soon as its rows are in. */
  readonly largeTableBytes?: number;
  /** The database whose settings hold while rows are loaded; by default the one that is loaded into. */
  readonly settingsOf?: string;
  /** The role whose settings in it hold, too; by default its owner. */
  readonly application?: string;
  /** What cannot be made at all is left out and named; else it ends the load. */
  readonly allowsIncomplete?: boolean;
  /** By whom rows that were copied are loaded; by default by the role of the address. */
  readonly loadRole?: LoadRoleOrder;
  /** Gets the rows that are copied in. */
  readonly counted?: CountedRows | undefined;
  /** Roles of the backup that the server does not have and that are not made for the load. */
  readonly missingRoles?: readonly string[];
}
