/**
 * Owners whom a proxy has signed in: their name in a header, believed from the configured proxies only. The connection's own address
 * decides, which nobody can forge in a header. Off without `console_proxy_header`. Keeps no session: each request has the header.
 */
import { embedded, groupsOf } from "../address.ts";
import type { Config } from "../config.ts";
import { KabarError } from "../errors.ts";
import type { PeerLookup } from "./request.ts";

/** One form for every spelling of a whole address; IPv4 inside IPv6 is IPv4. */
function canonical(address: string): string {
  const groups = address.includes("%") ? undefined : groupsOf(address);
  return groups ? (embedded(groups) ?? groups.join(":")) : address;
}

/**
 * The owner that the proxy names; undefined without the setting or the header. Throws `forbidden` for a header from elsewhere, and
 * for a name that is not allowed.
 */
export function ownerOfProxy(
  request: Request,
  server: PeerLookup,
  config: Pick<Config, "consoleProxyHeader" | "consoleProxyFrom" | "consoleProxyNames" | "socket">,
): string | undefined {
  const { consoleProxyHeader: header, consoleProxyFrom, consoleProxyNames } = config;
  const name = header === "" ? null : request.headers.get(header);
  if (name === null || name === "") return undefined;
  const peer = server.requestIP(request)?.address || (config.socket === "" ? "" : "unix");
  if (!consoleProxyFrom.some((proxy) => canonical(proxy) === canonical(peer)))
    throw new KabarError("forbidden", `${header} is believed from the proxies in console_proxy_from only.`);
  if (!consoleProxyNames.includes(name))
    throw new KabarError(
      "forbidden",
      `${JSON.stringify(name.slice(0, 60))} may not use the console: console_proxy_names does not have this name.`,
    );
  return name;
}
