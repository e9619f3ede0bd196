/**
 * Requests to the server on this machine, at the address that the configuration names. A certificate is made for the name that
 * visitors use, and is not compared here: callers make sure that the program behind the port may receive what they send.
 */
import type { Config } from "../config.ts";

type Place = Pick<Config, "host" | "port" | "socket" | "tlsCert">;

/** The address of the server on this machine. */
export function localAddress({ host, port, socket, tlsCert }: Place): string {
  if (socket !== "") return `unix:${socket}`;
  const name = host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host;
  const scheme = tlsCert === "" ? "http" : "https";
  return `${scheme}://${name.includes(":") ? `[${name}]` : name}:${port}`;
}

/** Sends a request to the server on this machine. Rejects as `fetch` does. */
export const askLocal = (place: Place, path: string, init: RequestInit = {}): Promise<Response> =>
  fetch(`${place.socket === "" ? localAddress(place) : "http://localhost"}${path}`, {
    redirect: "manual",
    ...init,
    ...(place.socket === "" ? {} : { unix: place.socket }),
    // A container's HTTP_PROXY is for other machines, and would answer in the place of this one.
    proxy: false,
    tls: { rejectUnauthorized: false },
  } as RequestInit);
