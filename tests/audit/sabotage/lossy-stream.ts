/** Breaks the promise on purpose: one live frame in fifty does not reach a session that has no WebSocket. */
import { patchServer } from "./patch.ts";

patchServer([
  [
    "if (subscribers) for (const socket of [...subscribers]) socket.send(frame);",
    "if (subscribers) for (const socket of [...subscribers]) if (Math.random() > 0.02) socket.send(frame);",
  ],
]);
