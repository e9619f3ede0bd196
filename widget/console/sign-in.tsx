/** The way in: a link that has been opened, or the operator's key. */
import { h } from "preact";
import { useEffect, useState } from "preact/hooks";
import { ask, inWords } from "./ask.ts";

/** The code of a link, as the address has it after `#`. */
const CODE = /^#(link_[\w-]{10,100})$/;

/** Takes the code of a link out of the address, so that neither the history nor a bookmark has it. */
export function takeCode(): string | undefined {
  const code = CODE.exec(location.hash)?.[1];
  if (code !== undefined) history.replaceState(null, "", location.pathname + location.search);
  return code;
}

/** Draws the way in; `code` is the code of a link, which is used at once. */
export function SignIn({
  code,
  notice,
  onEnter,
}: {
  code?: string | undefined;
  notice?: string | undefined;
  onEnter: () => void;
}) {
  const [trouble, setTrouble] = useState(notice);
  const [isBusy, setBusy] = useState(code !== undefined);
  async function enter(body: { code: string } | { key: string }) {
    setBusy(true);
    try {
      await ask("POST", "console/sessions", body);
      onEnter();
    } catch (error) {
      setTrouble(inWords(error));
      setBusy(false);
    }
  }
  useEffect(() => {
    if (code !== undefined) void enter({ code });
  }, []);
  const onSubmit = (event: SubmitEvent) => {
    event.preventDefault();
    const key = String(new FormData(event.currentTarget as HTMLFormElement).get("key") ?? "").trim();
    void enter({ key });
  };
  return (
    <main class="sign-in" tabIndex={-1}>
      <h1>Sign in to the console</h1>
      <p>
        Run <code>kabar console</code> on the server and open the link that it prints. It works once, within
        ten minutes.
      </p>
      <form onSubmit={onSubmit}>
        <label for="key">Or give the operator’s key</label>
        <div class="line">
          <input
            id="key"
            name="key"
            type="password"
            autocomplete="current-password"
            spellcheck={false}
            required
            maxLength={200}
            aria-describedby="sign-in-trouble"
          />
          <button class="button" type="submit" disabled={isBusy}>
            Sign in
          </button>
        </div>
      </form>
      <p id="sign-in-trouble" class="trouble" role="alert">
        {isBusy ? "" : trouble}
      </p>
      <p class="muted">
        The key is in the file <code>operator.key</code> of the data folder, or in the setting{" "}
        <code>operator_key</code>.
      </p>
    </main>
  );
}
