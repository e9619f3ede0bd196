/**
 * Connects to a server while the chat's code is on its way, so that neither waits for the other. Only the tab that leads
 * connects, once a server and page; the client takes the connection over (chat/shared-clients.ts).
 */
import { PROTOCOL } from "../../src/protocol.ts";
import type { Line, Lines } from "./contract.ts";

/** By server; the client removes its own when it ends. */
export const lines: Lines = {};

/**
 * Connects to a server, unless it has been done. The line is nothing where another tab leads, and for users with a token,
 * whose tabs are a group that is not known yet. Where a page may have no lock (Web Locks) or no such connection, the client
 * connects by itself, and reports what is wrong.
 */
export function dial(server: string, host: Element): void {
  lines[server] ??=
    !host.matches("[token],[token-url]") &&
    new Promise<Line | undefined>((resolve, reject) => {
      const lead = (free: () => void) => {
        // An address of http or https is enough (WHATWG WebSockets section 3.1, since 2023).
        const socket = new WebSocket(`${server}/websocket`, PROTOCOL) as object as Line;
        socket.free_ = free;
        resolve(socket);
      };
      navigator.locks
        .request(`kabar:${server}`, { ifAvailable: true }, (lock) =>
          lock ? new Promise<void>(lead) : resolve(undefined),
        )
        .catch(reject);
    }).catch(() => ({ free_() {} }));
}
