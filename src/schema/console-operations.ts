/** The operations that let owners into the console. */
import { z } from "zod";
import { SIGN_IN } from "../doors/console-admin.ts";
import type { ByRoute } from "../doors/routes.ts";
import { COUNT, TIME } from "./nouns.ts";
import { body, done, json, operation, type Operation, REASON_BODY, STORING, WITH_JSON } from "./operation.ts";

const LINK = z.object({
  link: z.string().describe("Signs one browser in, once."),
  until: TIME,
  seconds: COUNT,
});
const SESSION = z.object({
  id: z.string(),
  how: z.enum(["link", "key"]),
  browser: z.string().exactOptional(),
  madeAt: TIME,
  until: TIME,
  seenAt: TIME.exactOptional(),
  own: z.boolean().describe("The session that asks.").exactOptional(),
});

export const CONSOLE_OPERATIONS = {
  "/api/admin/console/links": {
    POST: operation(
      "makeConsoleLink",
      "Makes a link into the console.",
      { 201: json("ConsoleLink", LINK, "The link.") },
      WITH_JSON,
      { body: REASON_BODY },
    ),
  },
  "/api/admin/console/sessions": {
    GET: operation("listConsoleSessions", "The sessions of the console in force.", {
      200: json("ConsoleSessions", z.object({ sessions: z.array(SESSION) }), "The sessions."),
    }),
    POST: {
      id: "signIntoConsole",
      about: "Signs a browser in, by the code of a link or the operator's key; sets a cookie.",
      access: "anyone",
      body: body("ConsoleSignIn", SIGN_IN),
      answers: { 201: json("ConsoleSignedIn", z.object({ until: TIME }), "The session's end.") },
      errors: [...WITH_JSON, "bad-credential", "forbidden", "origin-denied", "rate-limited"],
    },
  },
  "/api/admin/console/sessions/:id": {
    DELETE: done("endConsoleSession", "Ends a session; `own` is the one that asks.", [
      "not-found",
      ...STORING,
    ]),
  },
} satisfies Partial<ByRoute<Operation>>;
