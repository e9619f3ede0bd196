/**
 * The identity of one `kabar.v1` session over its life: signing in, passing the gate, a new name, the end of a token.
 * Every change of the identity is passed to the session. Checks no rights in topics; `access` does.
 */
import type { Admission } from "../users/admission.ts";
import type { Auth } from "../users/auth.ts";
import { asKabarError, KabarError } from "../errors.ts";
import { type Identity, isRateLimited } from "../users/identity.ts";
import type { CommandFields } from "../protocol.ts";
import { watchExpiry } from "../users/token-expiry.ts";

export interface SessionIdentityParts {
  auth: Auth;
  admission: Admission;
}

/** Callbacks of a session for changes of its identity. */
export interface SessionIdentityEvents {
  /** The user's name or id has changed. */
  onUserChange: (who: Identity, before: string | undefined) => void;
  /** The user, or the user's rights, have changed. */
  reviewRights: () => void;
  /** The token expires in so many milliseconds; with 0 it has expired. */
  onExpiryNotice: (leftMs: number) => void;
}

export class SessionIdentity {
  readonly #parts: SessionIdentityParts;
  readonly #address: string;
  readonly #now: () => number;
  readonly #events: SessionIdentityEvents;
  #who: Identity | undefined;
  #hasExpired = false;
  #stopExpiryTimer: (() => void) | undefined;

  constructor(
    parts: SessionIdentityParts,
    address: string,
    now: () => number,
    events: SessionIdentityEvents,
  ) {
    this.#parts = parts;
    this.#address = address;
    this.#now = now;
    this.#events = events;
  }

  /** The identity; undefined before `hello`. */
  get current(): Identity | undefined {
    return this.#who;
  }

  /** Whether the rate limits of guests and users apply; they do before `hello`. */
  get isRateLimited(): boolean {
    return !this.#who || isRateLimited(this.#who);
  }

  /** Stops the timer of the token. */
  close(): void {
    this.#stopExpiryTimer?.();
  }

  /** The identity, even after its token has expired. Throws `hello-required`. */
  require(): Identity {
    if (!this.#who) throw new KabarError("hello-required");
    return this.#who;
  }

  /** The identity, whose token has not expired. Throws `hello-required` or `token-expired`. */
  requireLive(): Identity {
    if (this.#hasExpired) throw new KabarError("token-expired");
    return this.require();
  }

  /** Identifies the sender of `hello`: at once, or after its token is checked. Throws what auth throws. */
  greet(hello: CommandFields["hello"]): Identity | Promise<Identity> {
    const { auth } = this.#parts;
    if (hello.token === undefined) return this.#become(auth.identify(hello, this.#address));
    return auth.identifyToken(hello.token, this.#address).then((who) => this.#become(who));
  }

  /**
   * Takes a fresh token of the same user, or the first token of a guest who signs in. The session and its subscriptions
   * stay. Throws `bad-token` for the token of another user.
   */
  async signIn(token: string): Promise<Identity> {
    const before = this.require();
    const who = await this.#parts.auth.identifyToken(token, this.#address);
    if (before.expiresAtMs !== undefined && before.user.id !== who.user.id)
      throw new KabarError("bad-token", "The token belongs to another user than this session.");
    return this.#become(who);
  }

  /** Lets a guest pass the gate and returns the guest's new credential. Throws what admission throws. */
  async passGate(proof: CommandFields["pass"]): Promise<string> {
    try {
      const who = await this.#parts.admission.admit(() => this.requireLive(), this.#address, proof);
      this.#setUser(who);
      return who.credential;
    } catch (error) {
      if (this.#who && asKabarError(error, () => {}).code === "gate-refused")
        this.#who = { ...this.#who, isRefusedByGate: true };
      throw error;
    }
  }

  /** Gives a guest a new name. Throws `bad-name`, `name-taken` or `forbidden`. */
  rename(name: string): Identity {
    return this.#setUser(this.#parts.auth.rename(this.require(), name));
  }

  /** The identity of a writer, under another name when a user has taken the present one. Throws `token-expired`. */
  requireFreeName(): Identity {
    const who = this.requireLive();
    if (!isRateLimited(who)) return who;
    const user = this.#parts.auth.withFreeName(who.user);
    return user === who.user ? who : this.#setUser({ ...who, user });
  }

  #setUser(who: Identity): Identity {
    const before = this.#who?.user.id;
    this.#who = who;
    this.#events.onUserChange(who, before);
    return who;
  }

  #become(identity: Identity): Identity {
    const who = { ...identity, address: this.#parts.auth.hashAddress(this.#address) };
    this.#hasExpired = false;
    this.#setUser(who);
    this.#events.reviewRights();
    this.#watchExpiry(who.expiresAtMs);
    return identity;
  }

  #watchExpiry(endsAt: number | undefined): void {
    this.#stopExpiryTimer?.();
    if (endsAt === undefined) return;
    this.#stopExpiryTimer = watchExpiry(endsAt, this.#now, (leftMs) => {
      this.#events.onExpiryNotice(leftMs);
      if (leftMs === 0) this.#expire();
    });
  }

  /** Leaves the session with a guest's rights to read. */
  #expire(): void {
    if (!this.#who) return;
    const { user, expiresAtMs } = this.#who;
    this.#hasExpired = true;
    this.#who = { user: { ...user, role: "guest" }, ...(expiresAtMs === undefined ? {} : { expiresAtMs }) };
    this.#events.reviewRights();
  }
}
