/** The routes of the server, read from its table itself. */
import { createRoutes, type RouteParts } from "../../src/doors/routes.ts";

/** Stands for every part of the server: can be called, and has every property. */
const anything: unknown = new Proxy(() => anything, { get: () => anything });

/** Every route as `GET /path/:parameter`; without preflights. */
export function routeNames(): string[] {
  const { routes } = createRoutes(anything as RouteParts, "");
  return Object.entries(routes).flatMap(([path, route]) =>
    Object.keys(route)
      .filter((method) => method !== "OPTIONS" && method !== "HEAD")
      .map((method) => `${method} ${path}`),
  );
}
