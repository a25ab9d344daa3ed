import type { BlockList } from 'node:net';
import type { DatabaseAddress } from '../../engine/address/database-address';
import type { KeyRing } from '../../engine/container/keys/key-ring';
import type { ValueOf } from './variables';
import type { StoragePlace } from '../../engine/place/open-storage';
import type { FurtherPlace } from './further-places';
import type { WebhookFormat } from './webhook-format';

/** How callers prove who they are: one way for one installation. */
export type AuthConfig = { readonly issuer: string | undefined; readonly audience: string | undefined } & (
  { readonly kind: 'secret'; readonly secret: Uint8Array } | { readonly kind: 'jwks'; readonly url: string }
);

/** How people sign in at the provider whose tokens callers show. */
export interface SignInConfig {
  /** The provider; its document says where everything else is. */
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string | undefined;
  readonly scopes: string;
  readonly audience: string | undefined;
  /** Of the console in browsers, with a slash at the end. */
  readonly publicUrl: string;
}

export type LogLevel = ValueOf<'LOG_LEVEL'>;

/** The configuration, validated and frozen; also the token under which it is injected. */
export abstract class AppConfig {
  abstract readonly appEnv: string;
  abstract readonly target: DatabaseAddress;
  abstract readonly control: DatabaseAddress;
  abstract readonly storage: StoragePlace;
  /** Where copies are kept, in the order in which they are asked. */
  abstract readonly furtherStorages: readonly FurtherPlace[];
  /** In so many days each copy is read in full once. */
  abstract readonly copyVerifyDays: number;
  abstract readonly keyRing: KeyRing;
  /** Whether there may be backups that no key opens. */
  abstract readonly allowMissingKeys: boolean;
  abstract readonly pgDumpBin: string | undefined;
  abstract readonly maxParallelBackups: number;
  abstract readonly jobs: number;
  abstract readonly uploadMaxBytes: number;
  /** How long an import may send next to nothing. */
  abstract readonly uploadStallSeconds: number;
  /** Resumable uploads, which wait on a local disk for the rest of their bytes. */
  abstract readonly uploads: {
    readonly path: string;
    /** What all unfinished ones together may have announced. */
    readonly maxBytes: number;
    readonly perCaller: number;
    readonly keepHours: number;
  };
  /** Backups that may wait for their turn. */
  abstract readonly maxQueuedBackups: number;
  abstract readonly compressionLevel: number;
  abstract readonly filesPath: string | undefined;
  abstract readonly scopes: ReadonlyMap<string, readonly string[]>;
  abstract readonly schemaVersionQuery: string | undefined;
  abstract readonly migrateCommand: string | undefined;
  abstract readonly restore: {
    readonly maintenanceDatabase: string;
    readonly strategy: ValueOf<'BERKUT_BACKUP_RESTORE_STRATEGY'>;
    readonly keepPreviousHours: number;
    readonly scratchReaders: readonly string[];
    readonly confirm: boolean;
    readonly testAutoEnabled: boolean;
    readonly testIntervalHours: number;
  };
  abstract readonly scheduler: { readonly enabled: boolean; readonly intervalSeconds: number };
  abstract readonly notices: {
    readonly webhook:
      { readonly url: string; readonly secret: string | undefined; readonly format: WebhookFormat } | undefined;
    readonly mail: { readonly server: string; readonly from: string; readonly to: readonly string[] } | undefined;
    /** A dead man's switch that hears of scheduled backups and restore tests. */
    readonly heartbeatUrl: string | undefined;
    /** Webhook and mail tell of what went well, too. */
    readonly tellsSuccess: boolean;
    /** What notices link to. */
    readonly publicUrl: string | undefined;
    readonly instance: string;
    readonly overdueHours: number;
    readonly shrinkPercent: number;
    readonly minFreeBytes: number | undefined;
  };
  abstract readonly timezone: string;
  abstract readonly http: {
    readonly host: string;
    readonly port: number;
    readonly requestsPerMinute: number;
    /** Proxies whose word about the client counts. */
    readonly trustedProxies: BlockList;
  };
  abstract readonly management: { readonly host: string; readonly port: number };
  /** How long what runs may go on when the process is told to stop. */
  abstract readonly shutdownGraceSeconds: number;
  abstract readonly auth: AuthConfig;
  /** `undefined` where people bring a token. */
  abstract readonly signIn: SignInConfig | undefined;
  /** Role name → permissions. */
  abstract readonly roles: ReadonlyMap<string, readonly string[]>;
  abstract readonly auditSigningKey: Uint8Array;
  /** Whether that is a key of its own, and not derived from the key of the backups. */
  abstract readonly hasAuditKey: boolean;
  abstract readonly logLevel: LogLevel;
}
