/** The ways in: a link that has been opened, a provider, an owner's passkey, or name and passphrase, a moderator's token, or the operator's key. */
import { type ComponentChildren, h } from "preact";
import { useEffect, useState } from "preact/hooks";
import { ask, inWords, Refusal } from "./ask.ts";
import { Filled } from "./bits.tsx";
import { LanguageChoice } from "./language-choice.tsx";
import { whyNoPasskeys } from "./passkey-support.ts";
import { words } from "./speech.ts";

/** What the address has after `#`: the code of a link, or a token of the site (a JWT) behind `token_`. */
const CODE = /^#(link_[\w-]{10,100})$/;
const TOKEN = /^#token_([\w-]+\.[\w-]+\.[\w-]+)$/;

/** Why a sign-in by the provider failed. */
const FAILURE = /^#oidc-(\w{1,20})$/;

/** What an address brings to sign in with. */
export type Brought = { code: string } | { token: string };

/** Whether this browser is signed in, and the ways in beside links and the operator's key. */
export interface Access {
  signedIn: boolean;
  ended?: boolean;
  operator?: boolean;
  how?: string;
  user?: { id: string; name: string };
  ways: { passphrase: boolean; passkey: boolean; oidc?: { name: string; address: string } };
}

/** Whether the address brings something to sign in with. */
export const bringsSomething = (): boolean => CODE.test(location.hash) || TOKEN.test(location.hash);

/** Takes the code or token out of the address, so that neither the history nor a bookmark has it. */
export function takeBrought(): Brought | undefined {
  const code = CODE.exec(location.hash)?.[1];
  const token = TOKEN.exec(location.hash)?.[1];
  if (code === undefined && token === undefined) return undefined;
  history.replaceState(null, "", location.pathname + location.search);
  return code === undefined ? { token: token ?? "" } : { code };
}

/** Takes out of the address why a sign-in by the provider failed. */
export function takeFailure(): string | undefined {
  const failure = FAILURE.exec(location.hash)?.[1];
  if (failure !== undefined) history.replaceState(null, "", location.pathname + location.search);
  return failure;
}

/** Why a sign-in by the provider failed, in the language of the page. */
export function failureInWords(failure: string | undefined): string | undefined {
  const sentences: Readonly<Record<string, string>> = words.access.oidc;
  return failure !== undefined && Object.hasOwn(sentences, failure) ? sentences[failure] : undefined;
}

/** Why what was given does not sign in. */
function refusalInWords(error: unknown, given: Readonly<Record<string, string>> | "passkey"): string {
  if (given === "passkey") {
    const isRefused = error instanceof Refusal && /^(?:bad-credential|not-found)$/.test(error.code);
    // English pages show the server's sentence, which is more exact.
    return isRefused && words.lang !== "en" ? words.passkeys.refused : inWords(error);
  }
  if (!(error instanceof Refusal && error.code === "bad-credential")) return inWords(error);
  const { wrong } = words.signIn;
  if (given.code !== undefined) return wrong.link;
  return given.passphrase === undefined ? wrong.key : wrong.passphrase;
}

/** A field with its label. */
function Field({ id, label, isHidden }: { id: string; label: string; isHidden: boolean }) {
  const same = {
    id,
    name: id,
    autocapitalize: "none" as const,
    spellcheck: false,
    required: true,
    maxLength: 2000,
    "aria-describedby": "sign-in-trouble",
  };
  return (
    <div>
      <label for={id}>{label}</label>
      {isHidden ? (
        <input type="password" autocomplete="current-password" {...same} />
      ) : (
        <input type="text" autocomplete="username" {...same} />
      )}
    </div>
  );
}

/** A form whose fields are sent as they are. */
function Form({
  fields,
  isBusy,
  enter,
}: {
  fields: ComponentChildren;
  isBusy: boolean;
  enter: (body: Record<string, string>) => Promise<void>;
}) {
  const onSubmit = (event: SubmitEvent) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    // Spaces are a part of a passphrase; a key and a name have none.
    const given = [...form].map(([name, value]) => [
      name,
      name === "passphrase" ? String(value) : String(value).trim(),
    ]);
    void enter(Object.fromEntries(given));
  };
  return (
    <form class="stack" onSubmit={onSubmit}>
      {fields}
      <button class="button" type="submit" disabled={isBusy}>
        {words.signIn.enter}
      </button>
    </form>
  );
}

/** The button that signs in with a passkey, or why this page has none. */
function PasskeyWay({ isBusy, onSignIn }: { isBusy: boolean; onSignIn: () => void }) {
  const reason = whyNoPasskeys();
  if (reason !== undefined) return <p class="muted">{reason}</p>;
  return (
    <button class="button" type="button" disabled={isBusy} onClick={onSignIn}>
      {words.passkeys.signIn}
    </button>
  );
}

/** Draws the way in; what the address brought is used at once. */
export function SignIn({
  brought,
  notice,
  access,
  onEnter,
  onFail,
}: {
  brought?: Brought | undefined;
  notice?: string | undefined;
  access?: Access | undefined;
  onEnter: () => void;
  onFail: () => void;
}) {
  const [trouble, setTrouble] = useState(notice);
  const [isBusy, setBusy] = useState(brought !== undefined);
  async function enter(given: Record<string, string> | "passkey") {
    setBusy(true);
    try {
      if (given === "passkey") await (await import("./webauthn.ts")).signInWithPasskey();
      else await ask("POST", "console/sessions", given);
      onEnter();
    } catch (error) {
      setTrouble(refusalInWords(error, given));
      setBusy(false);
      onFail();
    }
  }
  useEffect(() => {
    if (brought) void enter({ ...brought });
  }, []);
  const key = (
    <Form isBusy={isBusy} enter={enter} fields={<Field id="key" label={words.signIn.byKey} isHidden />} />
  );
  const passphrase = (
    <Form
      isBusy={isBusy}
      enter={enter}
      fields={[
        <Field key="name" id="name" label={words.access.name} isHidden={false} />,
        <Field key="passphrase" id="passphrase" label={words.access.passphrase} isHidden />,
      ]}
    />
  );
  const hasPassphrase = access?.ways.passphrase === true;
  return (
    <main class="sign-in" tabIndex={-1}>
      <h1>{words.signIn.title}</h1>
      {access?.ways.oidc && (
        <a class="button" href={access.ways.oidc.address}>
          {words.access.withProvider(access.ways.oidc.name)}
        </a>
      )}
      {access?.ways.passkey && <PasskeyWay isBusy={isBusy} onSignIn={() => void enter("passkey")} />}
      {hasPassphrase && passphrase}
      <p id="sign-in-trouble" class="trouble" role="alert" dir="auto">
        {isBusy ? "" : trouble}
      </p>
      <p>
        <Filled text={words.signIn.byLink} parts={{ command: <code>kabar console</code> }} />
      </p>
      {key}
      <p class="muted">
        <Filled
          text={words.signIn.whereKey}
          parts={{ file: <code>operator.key</code>, setting: <code>operator_key</code> }}
        />
      </p>
      <LanguageChoice />
    </main>
  );
}
