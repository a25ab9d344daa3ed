import type { paths } from './schema';
import type { Me } from './types';

/** How one signs in here. */
export interface SignInOptions {
  readonly sign_in: 'openid' | 'token';
  readonly one_time_code: boolean;
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
};
