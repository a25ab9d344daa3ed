import type { paths } from './schema';
import type { Me, RunStatus } from './types';

/** How one signs in here. */
interface SignInOptions {
  readonly sign_in: 'openid' | 'token';
  readonly one_time_code: boolean;
}

/** One backup of the last days, in short. */
export interface PastBackup {
  readonly id: number;
  readonly created_at: string;
  readonly status: RunStatus;
  readonly source: 'local' | 'imported';
  readonly trigger: string;
  readonly verified_at?: string;
  readonly rows?: number;
  readonly size_bytes?: number;
  readonly duration_seconds?: number;
}

/** Backups of the last days, oldest first, and when one was due and none was made. */
export interface History {
  readonly items: PastBackup[];
  readonly missed?: string[];
}

/** What a storage holds, and how much more it can take. */
export interface StorageRoom {
  readonly name: string;
  readonly kind: 'directory' | 's3';
  readonly reachable: boolean;
  readonly free_bytes?: number;
  readonly used_bytes: number;
  readonly files: number;
  readonly files_damaged: number;
  readonly files_missing: number;
}

interface Json<T> {
  headers: Record<string, unknown>;
  content: { 'application/json': T };
}

interface Get<T> {
  get: { parameters: object; responses: { 200: Json<T> } };
}

interface SessionPath {
  post: {
    parameters: object;
    requestBody?: { content: { 'application/json': { one_time_code: string } } };
    responses: { 201: Json<Me> };
  };
  delete: { parameters: object; responses: { 200: Json<{ ok: boolean; end_session_url?: string }> } };
}

/** The routes that docs/openapi.json has, and those that it is about to have. */
export type Paths = Omit<paths, '/api/auth/session'> & {
  '/api/auth/options': Get<SignInOptions>;
  '/api/auth/session': SessionPath;
  '/api/backups/history': {
    get: { parameters: { query?: { days?: number } }; responses: { 200: Json<History> } };
  };
  '/api/backups/storages': Get<{ items: StorageRoom[] }>;
};
