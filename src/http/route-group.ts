import type { FastifyRequest } from 'fastify';
import { RouteConfig } from '@nestjs/platform-fastify';

/**
 * Group of routes that are treated alike. `rest` takes API keys. `operators` and, in production,
 * `reference` are served on `ADMIN_PORT` only, if there is one. `page` and `open` are public. A
 * route without a group belongs to the host application.
 */
export type RouteGroup = 'rest' | 'operators' | 'reference' | 'page' | 'open';

declare module 'fastify' {
  interface FastifyContextConfig {
    postrider?: RouteGroup;
  }
}

/** Puts every route of a controller into a group, whatever the prefix or version of its path. */
export const InGroup =
  (group: RouteGroup): ClassDecorator =>
  ({ prototype }) => {
    const mark = RouteConfig({ postrider: group });
    for (const [name, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
      if (name !== 'constructor' && typeof descriptor.value === 'function') mark(prototype, name, descriptor);
    }
  };

/** Request of any server; only Fastify's has `routeOptions`. */
interface Routed {
  readonly routeOptions?: Partial<Pick<FastifyRequest['routeOptions'], 'url' | 'config'>>;
}

/** True for a route of the host application. */
export const isForeign = ({ routeOptions }: Routed): boolean =>
  !routeOptions || (routeOptions.url !== undefined && routeOptions.config?.postrider === undefined);

/**
 * Group of the route that matches a request; undefined if the route is the host's, or there is
 * none.
 */
export const groupOf = ({ routeOptions }: Routed): RouteGroup | undefined => routeOptions?.config?.postrider;
