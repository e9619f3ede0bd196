/** Users for tests of moderation: signed tokens, moderators, and the events that a client received. */
import { SignJWT } from "jose";
import { Client } from "./client.ts";

/** The secret that servers under test take tokens of. */
export const TOKEN_SECRET = "a-shared-secret-of-thirty-two-or-more";

/** A user's token, good for ten minutes. */
export const signToken = (sub: string, more: Record<string, unknown> = {}): Promise<string> =>
  new SignJWT({ name: `User ${sub}`, ...more })
    .setProtectedHeader({ alg: "HS256" })
    .setSubject(sub)
    .setIssuedAt()
    .setExpirationTime("10m")
    .sign(new TextEncoder().encode(TOKEN_SECRET));

/** A session of somebody who moderates every topic. */
export const openModerator = async (url: string, sub = "mod") =>
  Client.open(url, { token: await signToken(sub, { role: "moderator" }) });

export type Person = Awaited<ReturnType<typeof Client.open>>;

/** The id of a client's user. */
export const idOf = ({ hello }: Person): string => (hello.user as { id: string }).id;

/** The next event of a type for which `isIt` holds; all others are passed over. */
export async function nextOf(
  client: Client,
  type: string,
  isIt: (event: Record<string, unknown>) => boolean = () => true,
): Promise<Record<string, unknown>> {
  for (;;) {
    const event = (await client.events.next(type)) as unknown as Record<string, unknown>;
    if (event.type === type && isIt(event)) return event;
  }
}

/** A guest who is subscribed to a topic. */
export async function openGuest(url: string, topic: string, fields: object = { name: "Ana" }) {
  const client = await Client.open(url, fields);
  await client.ask("subscribe", { topic });
  return client;
}
