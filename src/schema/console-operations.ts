/** The operations that let owners into the console. */
import { z } from "zod";
import { SET_OWNER, SIGN_IN } from "../doors/console-admin.ts";
import { NEW_PASSKEY } from "../doors/console-passkeys.ts";
import type { ByRoute } from "../doors/routes.ts";
import type { Passkey } from "../model.ts";
import { WAYS_IN } from "../users/console-access.ts";
import { COUNT, TIME, typed } from "./nouns.ts";
import {
  body,
  DONE,
  done,
  json,
  operation,
  type Operation,
  REASON_BODY,
  STORING,
  WITH_JSON,
} from "./operation.ts";

const LINK = z.object({
  link: z.string().describe("Signs one browser in, once."),
  until: TIME,
  seconds: COUNT,
});
const SESSION = z.object({
  id: z.string(),
  how: z.enum(WAYS_IN),
  owner: z.string().describe("The named owner.").exactOptional(),
  user: z
    .object({ id: z.string(), name: z.string() })
    .describe("The moderator of a token; without owner and user the session is the operator's.")
    .exactOptional(),
  browser: z.string().exactOptional(),
  madeAt: TIME,
  until: TIME,
  seenAt: TIME.exactOptional(),
  own: z.boolean().describe("The session that asks.").exactOptional(),
});

/** A passkey as lists show it. */
const PASSKEY = typed<Passkey>()(
  z.object({
    id: z.string(),
    owner: z.string(),
    name: z.string(),
    origin: z.string().describe("The address at which it works."),
    madeAt: TIME,
    usedAt: TIME.exactOptional(),
    copiedAt: TIME.describe(
      "When an answer with an old count of uses was refused: the passkey may have been copied.",
    ).exactOptional(),
  }),
);
/** Options of WebAuthn, with bytes in base64url, as PublicKeyCredential.parse…OptionsFromJSON takes them. */
const optionsFor = (interfaceName: string) =>
  z.object({
    publicKey: z.looseObject({ challenge: z.string() }).describe(`${interfaceName} of WebAuthn Level 3.`),
    until: TIME.describe("The end of the challenge."),
  });

const OWNER = z.object({ name: z.string(), madeAt: TIME, changedAt: TIME });
const OWN = z.object({
  signedIn: z.boolean(),
  ended: z.boolean().describe("The browser had a session, which has ended.").exactOptional(),
  operator: z
    .boolean()
    .describe("Whether the session has the operator's rights, or a moderator's.")
    .exactOptional(),
  user: z.object({ id: z.string(), name: z.string(), role: z.string() }).exactOptional(),
  how: z.enum([...WAYS_IN, "proxy"]).exactOptional(),
  until: TIME.exactOptional(),
  ways: z
    .object({
      passphrase: z.boolean(),
      passkey: z.boolean(),
      oidc: z
        .object({ name: z.string(), address: z.string() })
        .describe("The provider, and where a sign-in with it begins.")
        .exactOptional(),
    })
    .describe("Ways in beside links and the operator's key."),
});

export const CONSOLE_OPERATIONS = {
  "/api/admin/console": {
    GET: {
      id: "showConsoleAccess",
      about: "Whether the browser that asks is signed in, the user, and which ways in there are.",
      access: "anyone",
      answers: { 200: json("ConsoleAccess", OWN, "Signed in or not.") },
      errors: ["forbidden", "origin-denied", "rate-limited"],
    },
  },
  "/api/admin/console/oidc": {
    GET: {
      id: "beginConsoleOidc",
      about: "Begins a sign-in with the provider of `oidc_issuer`; for browsers.",
      access: "anyone",
      answers: { 303: { about: "The provider's page, or the console's with the reason after `#oidc-`." } },
      errors: ["not-found", "rate-limited"],
    },
  },
  "/api/admin/console/oidc/callback": {
    GET: {
      id: "finishConsoleOidc",
      about:
        "Where the provider sends the browser with `code` and `state`, or `error`. Makes the session and sets its cookie.",
      access: "anyone",
      answers: { 303: { about: "The console, after a failure with the reason after `#oidc-`." } },
      errors: ["log-unavailable", "not-found", "rate-limited"],
    },
  },
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
      about:
        "Signs a browser in, by the code of a link, the operator's key, a moderator's token, an owner's name and passphrase, or the answer of an owner's passkey; sets a cookie.",
      access: "anyone",
      body: body("ConsoleSignIn", SIGN_IN),
      answers: { 201: json("ConsoleSignedIn", z.object({ until: TIME }), "The session's end.") },
      errors: [
        ...WITH_JSON,
        "bad-credential",
        "bad-token",
        "forbidden",
        "keys-unavailable",
        "origin-denied",
        "rate-limited",
        "token-expired",
      ],
    },
  },
  "/api/admin/console/sessions/:id": {
    DELETE: done("endConsoleSession", "Ends a session; `own` is the one that asks.", [
      "not-found",
      ...STORING,
    ]),
  },
  "/api/admin/console/owners": {
    GET: operation("listConsoleOwners", "The named owners.", {
      200: json("ConsoleOwners", z.object({ owners: z.array(OWNER) }), "The owners."),
    }),
  },
  "/api/admin/console/owners/:name": {
    PUT: operation(
      "setConsoleOwner",
      "Makes a named owner, or gives one a new passphrase and ends the sessions of that owner.",
      {
        201: json("ConsoleOwnerMade", z.object({ name: z.string() }), "The owner is new."),
        204: DONE,
      },
      [...WITH_JSON, "rate-limited"],
      { body: body("ConsoleOwnerPassphrase", SET_OWNER) },
    ),
    DELETE: done(
      "removeConsoleOwner",
      "Removes a named owner with the owner's passkeys, and ends the owner's sessions.",
      ["not-found", ...STORING],
    ),
  },
  "/api/admin/console/owners/:name/passkeys/challenge": {
    POST: operation(
      "beginConsolePasskey",
      "What a browser needs to make a passkey of an owner; sets a cookie that its answer must bring.",
      {
        200: json(
          "ConsolePasskeyOptions",
          optionsFor("PublicKeyCredentialCreationOptionsJSON"),
          "The options for the browser.",
        ),
      },
      ["bad-request", "not-found", "origin-denied"],
    ),
  },
  "/api/admin/console/owners/:name/passkeys": {
    POST: operation(
      "makeConsolePasskey",
      "Keeps a passkey that a browser has made for an owner: RegistrationResponseJSON of WebAuthn Level 3.",
      { 201: json("ConsolePasskeyMade", PASSKEY, "The passkey.") },
      [...WITH_JSON, "not-found", "origin-denied"],
      { body: body("ConsolePasskeyNew", NEW_PASSKEY) },
    ),
  },
  "/api/admin/console/passkeys": {
    GET: operation(
      "listConsolePasskeys",
      "The passkeys, and the owners for whom the one who asks may make some.",
      {
        200: json(
          "ConsolePasskeys",
          z.object({ passkeys: z.array(PASSKEY), owners: z.array(z.string()) }),
          "The passkeys.",
        ),
      },
    ),
  },
  "/api/admin/console/passkeys/challenge": {
    POST: {
      id: "beginConsolePasskeySignIn",
      about: "What a browser needs to sign in with a passkey; sets a cookie that the sign-in must bring.",
      access: "anyone",
      answers: {
        200: json(
          "ConsolePasskeySignIn",
          optionsFor("PublicKeyCredentialRequestOptionsJSON"),
          "The options for the browser.",
        ),
      },
      errors: ["bad-request", "not-found", "origin-denied", "rate-limited"],
    },
  },
  "/api/admin/console/passkeys/:id": {
    DELETE: done("removeConsolePasskey", "Removes a passkey and ends the sessions that it made.", [
      "not-found",
      ...STORING,
    ]),
  },
} satisfies Partial<ByRoute<Operation>>;
