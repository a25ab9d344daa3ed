import { ModulesContainer } from '@nestjs/core';
import { PERMISSION } from '../../src/kernel/access/access.decorator';
import { TAKES_FILE } from '../../src/kernel/http/takes-file';
import type { RouteAccess } from '../../src/kernel/request/permissions';
import type { TestService } from './app';

/** By Nest's numbers. */
const METHODS = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'ALL', 'OPTIONS', 'HEAD'];

/** Methods that change nothing. */
export const READING: readonly string[] = ['GET', 'HEAD', 'OPTIONS'];

/** A handler of the API. */
export interface Route {
  readonly method: string;
  /** Below `/api`, with `:id` in it. */
  readonly path: string;
  readonly permission: RouteAccess | undefined;
  /** Its body is a file, or a part of one. */
  readonly takesFile: boolean;
}

/** Every handler of every controller, by reflection: a new route is in here the moment it exists. */
export function routesOf({ app }: Pick<TestService, 'app'>): Route[] {
  return controllersOf({ app }).flatMap(({ metatype }) => {
    const prototype = metatype.prototype as Record<string, object>;
    return Object.getOwnPropertyNames(prototype).flatMap((name): Route[] => {
      const handler = prototype[name];
      const path: unknown = handler === undefined ? undefined : Reflect.getMetadata('path', handler);
      if (handler === undefined || name === 'constructor' || typeof path !== 'string') return [];
      const method = METHODS[Reflect.getMetadata('method', handler) as number] ?? '';
      const base = Reflect.getMetadata('path', metatype) as string;
      return [
        {
          method,
          path: `/${base}/${path}`.replace(/\/+/g, '/').replace(/\/$/, ''),
          permission: Reflect.getMetadata(PERMISSION, handler) as RouteAccess | undefined,
          takesFile: Reflect.hasMetadata(TAKES_FILE, handler),
        },
      ];
    });
  });
}

/** Every controller with its class. */
export function controllersOf({
  app,
}: Pick<TestService, 'app'>): { metatype: { prototype: object }; instance: object }[] {
  return [...app.get(ModulesContainer).values()]
    .flatMap((module) => [...module.controllers.values()])
    .flatMap(({ metatype, instance }) => (typeof metatype === 'function' ? [{ metatype: metatype, instance }] : []));
}
