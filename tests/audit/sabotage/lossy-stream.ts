/** Breaks the promise on purpose: one live frame in fifty does not reach a session that has no WebSocket. */
import { patchServer } from "./patch.ts";

patchServer([
  [
    "if (there) for (const socket of [...there]) socket.send(frame);",
    "if (there) for (const socket of [...there]) if (Math.random() > 0.02) socket.send(frame);",
  ],
]);
