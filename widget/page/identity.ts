/**
 * The user's identity: a guest, the guest of another tab, or a signed user with a token of the site.
 * Gets tokens from where the page names them (an attribute, an address, a function). A token lives in memory: never in an
 * address, in storage or in the console. Nobody turns from a signed user into a guest without noticing: token-renewal.ts
 * renews tokens before they end.
 */
import type { Client } from "../client/client.ts";
import type { Clock } from "../client/clock.ts";
import type { Claims } from "../client/client-events.ts";
import type { Keeper } from "../client/storage.ts";
import { createTokenRenewal } from "./token-renewal.ts";

export interface IdentityOptions {
  client: Client;
  clock_: Clock;
  /** Called when the token changes: whether the new user may take over the session. */
  onChange?: () => boolean | Promise<boolean>;
  /** The user signed out in this tab. */
  onSignOut?: (forget: boolean) => void;
}

export type Identity = ReturnType<typeof createIdentity>;

/** Creates the identity of one client. The page attaches `onFrame`, `onHelloRefused` and `signOut` to the client. */
export function createIdentity({
  client,
  clock_: clock,
  onChange = () => true,
  onSignOut = () => undefined,
}: IdentityOptions) {
  const { keeper } = client;
  const renewal = createTokenRenewal(client, clock, become);
  const token = () => client.credentials_().token;

  /** Becomes the user of a token, or a guest without one. A running session keeps its place in every topic. */
  async function become(next: string | undefined, lapses = false): Promise<void> {
    const { token: before, isLapsed_: isLapsed = false } = client.credentials_();
    if (next === before && lapses === isLapsed) return;
    const { connection, topics } = client.state;
    const isWhole = Object.values(topics).every(({ phase, can }) => phase !== "refused" && can.read);
    const mayStay = connection === "online" && isWhole && !isLapsed && !lapses;
    client.setCredentials_({ token: next, isLapsed_: lapses });
    const isOurs = await onChange();
    if (token() !== next) return;
    if (next !== undefined && mayStay && isOurs) {
      const reply = await client.command("identify", { token: next }).catch(() => undefined);
      if (token() !== next) return;
      if (reply) return client.meet(reply.user);
      // The token is another user's, or invalid: a new hello finds out which.
    }
    client.restart();
  }

  return {
    ...renewal,
    identify({ token: claimed, name }: Claims = {}): Promise<void> {
      if (typeof claimed === "function") return renewal.use(async () => claimed());
      if (claimed !== undefined || name === undefined)
        return renewal.use(claimed ? async () => claimed : undefined);
      client.setCredentials_({ name });
      if (!token() && !keeper.record.name && client.state.me) client.sendName(name);
      return Promise.resolve();
    },
    /** Starts over as a new guest; with `forget`, erases what is stored on this device. */
    signOut({ forget = false, isRemote = false } = {}): void {
      if (!isRemote) onSignOut(forget);
      renewal.stop_();
      for (const { id, topic } of keeper.unsent()) client.discard(id, topic);
      if (forget) erase(keeper);
      else if (keeper.consented) keeper.save({ guest: undefined, name: undefined });
      client.setCredentials_({ token: undefined, isLapsed_: false, guest: undefined });
      void onChange();
      client.restart();
    },
    /** Another tab stored its record: a guest who has not written becomes that tab's guest. */
    adopt_(): void {
      const before = client.credentials_();
      const hasWritten = keeper.record.guest === before.guest && keeper.consented;
      const { guest, name } = keeper.reload();
      if (guest && guest !== before.guest && !hasWritten) {
        client.setCredentials_({ guest });
        if (!token()) client.restart();
      } else if (name && !token() && name !== client.state.me?.name) client.sendName(name);
    },
  };
}

/** Erases everything that the widget stored on this device for one server. */
export function erase(keeper: Keeper): void {
  for (const area of keeper.areas()) {
    try {
      for (const key of Object.keys(area)) {
        if (key === keeper.recordKey || key.replace(/:(unsent|draft|change):.*$/s, "") === keeper.recordKey)
          delete area[key];
      }
    } catch {
      // The browser refuses storage, so nothing is stored.
    }
  }
  keeper.reset();
}
