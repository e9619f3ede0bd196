/** Actors of the table of rights, one a column: a session of kabar.v1 and the headers of an HTTP request. */
import { SignJWT } from "jose";
import { Client } from "./client.ts";
import { idOf, nextOf, type Person, signToken, TOKEN_SECRET } from "./people.ts";
import type { RunningKabar } from "./server.ts";

/** Columns of the table, in its order. */
export const COLUMNS = [
  "guest",
  "banned",
  "muted",
  "hidden",
  "reader",
  "user",
  "ended",
  "other mod",
  "mod",
  "banned mod",
  "key read",
  "key publish",
  "key moderate",
  "key admin",
  "other key",
  "operator",
] as const;
export type Column = (typeof COLUMNS)[number];

export interface Actor {
  column: Column;
  session: Person;
  id: string;
  /** What `hello` was sent with. */
  claims: Record<string, string>;
  /** What stands in `Authorization: Bearer`. */
  bearer: string;
}

/** The sanctions in every topic of the table's test. */
export const SANCTIONS: [Column, object][] = [
  ["banned", { action: "ban" }],
  ["muted", { action: "timeout", seconds: 3600 }],
  ["hidden", { action: "shadow", on: true }],
  ["banned mod", { action: "ban" }],
];

/** A user's token, good for so many seconds. */
export const sign = (sub: string, expiresInS: number) =>
  new SignJWT({ name: `User ${sub}` })
    .setProtectedHeader({ alg: "HS256" })
    .setSubject(sub)
    .setIssuedAt(Math.floor(Date.now() / 1000) - 60)
    .setExpirationTime(Math.floor(Date.now() / 1000) + expiresInS)
    .sign(new TextEncoder().encode(TOKEN_SECRET));

async function makeKey(kabar: RunningKabar, scope: string, topics?: string[]): Promise<string> {
  const made = await fetch(`${kabar.url}/api/admin/keys`, {
    method: "POST",
    headers: { Authorization: `Bearer ${kabar.operatorKey}` },
    body: JSON.stringify({ name: `Key ${scope} ${topics ?? ""}`, scope, ...(topics ? { topics } : {}) }),
  });
  return ((await made.json()) as { secret: string }).secret;
}

/** A session whose token has ended. */
export async function openEnded(kabar: RunningKabar): Promise<Person> {
  const session = await Client.open(kabar.url, { token: await sign("ended", 2) });
  while ((await nextOf(session, "token")).inMs !== 0);
  return session;
}

/** Opens a session for every column. Topics are `m-*`, those of the others `other-*`. */
export async function openActors(kabar: RunningKabar): Promise<Actor[]> {
  const token = async (sub: string, more: Record<string, unknown> = {}) => ({
    token: await signToken(sub, more),
  });
  const key = async (scope: string, topics?: string[]) => ({ key: await makeKey(kabar, scope, topics) });
  const claims: Record<Column, Record<string, string>> = {
    guest: { name: "Guest one" },
    banned: { name: "Guest two" },
    muted: { name: "Guest three" },
    hidden: { name: "Guest four" },
    reader: await token("reader", { topics: { "m-*": "read" } }),
    user: await token("user"),
    ended: { token: await sign("ended", -30) },
    "other mod": await token("other", { topics: { "other-*": "moderate" } }),
    mod: await token("mod", { role: "moderator" }),
    "banned mod": await token("banned-mod", { role: "moderator" }),
    "key read": await key("read"),
    "key publish": await key("publish"),
    "key moderate": await key("moderate"),
    "key admin": await key("admin"),
    "other key": await key("moderate", ["other-*"]),
    operator: { key: kabar.operatorKey },
  };
  const actors: Actor[] = [];
  for (const column of COLUMNS) {
    const session =
      column === "ended" ? await openEnded(kabar) : await Client.open(kabar.url, claims[column]);
    const { token: ofUser, key: ofKey } = claims[column];
    const bearer = ofUser ?? ofKey ?? String(session.hello.guest);
    actors.push({ column, session, id: idOf(session), claims: claims[column], bearer });
  }
  return actors;
}

/** Each act of moderation once, on a message and on a user that does not exist. */
export const actsOn = (target: number): object[] => [
  { action: "remove", target },
  { action: "remove-all", user: "g-nobody" },
  { action: "timeout", user: "g-nobody", seconds: 1 },
  { action: "ban", user: "g-nobody" },
  { action: "unban", user: "g-nobody" },
  { action: "shadow", user: "g-nobody", on: false },
  { action: "mode", mode: { slowS: 0 } },
  { action: "words", words: {} },
  { action: "pin", target, on: false },
  { action: "approve", user: "g-nobody", messageId: "x" },
  { action: "reject", user: "g-nobody", messageId: "x" },
  { action: "dismiss", target },
  { action: "clear" },
];
