/** Named owners of the console: makes them, gives them a new passphrase, removes them. */
import { h } from "preact";
import { useState } from "preact/hooks";
import { ask, inWords, part } from "./ask.ts";
import { ConfirmDialog, Dialog, Trouble, When } from "./bits.tsx";
import { usePolled } from "./polled.ts";
import type { ViewProps } from "./shell.tsx";
import { words } from "./speech.ts";

interface Owner {
  name: string;
  madeAt: number;
  changedAt: number;
}

/** Draws the dialog that makes an owner, or gives `name` a new passphrase. */
function PassphraseDialog({
  name,
  onSet,
  onClose,
}: {
  name?: string | undefined;
  onSet: () => void;
  onClose: () => void;
}) {
  const [trouble, setTrouble] = useState("");
  const set = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const text = (field: string) => String(form.get(field) ?? "");
    if (text("passphrase") !== text("again")) return setTrouble(words.access.differ);
    try {
      await ask("PUT", `console/owners/${part(name ?? text("name").trim())}`, {
        passphrase: text("passphrase"),
      });
      onSet();
      onClose();
    } catch (error) {
      setTrouble(inWords(error));
    }
  };
  return (
    <Dialog
      title={name === undefined ? words.access.newOwner : words.access.newPassphraseFor(name)}
      onClose={onClose}
    >
      <form class="stack" onSubmit={(event) => void set(event)}>
        {name === undefined && (
          <div>
            <label for="owner-name">{words.access.name}</label>
            <input
              id="owner-name"
              name="name"
              required
              maxLength={40}
              autocomplete="off"
              autocapitalize="none"
              spellcheck={false}
            />
          </div>
        )}
        <div>
          <label for="owner-passphrase">{words.access.passphraseRule}</label>
          <input
            id="owner-passphrase"
            name="passphrase"
            type="password"
            autocomplete="new-password"
            required
            aria-describedby="owner-trouble"
          />
        </div>
        <div>
          <label for="owner-again">{words.access.again}</label>
          <input id="owner-again" name="again" type="password" autocomplete="new-password" required />
        </div>
        <p class="muted">{words.access.advice}</p>
        <p id="owner-trouble" class="trouble" role="alert" dir="auto">
          {trouble}
        </p>
        <button class="button" type="submit">
          {words.access.save}
        </button>
      </form>
    </Dialog>
  );
}

/** Draws the owners, and what can be done with them. `onChange` is called when there are others. */
export function OwnersList({ run, onChange }: Pick<ViewProps, "run"> & { onChange: () => void }) {
  const { data, trouble, reload: askAgain } = usePolled<{ owners: Owner[] }>("console/owners", 0);
  const reload = async () => {
    await askAgain();
    onChange();
  };
  /** The name whose passphrase is set; null for a new owner. */
  const [changing, setChanging] = useState<string | null>();
  const [removing, setRemoving] = useState<string>();
  const remove = (name: string) =>
    run(words.access.removed, async () => {
      await ask("DELETE", `console/owners/${part(name)}`);
      await reload();
    });
  return (
    <section aria-labelledby="owners">
      <div class="head">
        <h2 id="owners">{words.access.owners}</h2>
        <button class="button" type="button" onClick={() => setChanging(null)}>
          {words.access.newOwner}
        </button>
      </div>
      <p class="muted">{words.access.ownersAbout}</p>
      <Trouble text={trouble} />
      <ul class="rows">
        {data?.owners.map(({ name, changedAt }) => (
          <li key={name} class="row">
            <div class="grow">
              <strong>{name}</strong>
              <div class="muted">
                <When at={changedAt} say={words.access.setAt} />
              </div>
            </div>
            <button class="plain outlined" type="button" onClick={() => setChanging(name)}>
              {words.access.newPassphrase}
              <span class="unseen"> {name}</span>
            </button>
            <button class="plain danger" type="button" onClick={() => setRemoving(name)}>
              {words.access.remove}
              <span class="unseen"> {name}</span>
            </button>
          </li>
        ))}
      </ul>
      {data?.owners.length === 0 && <p class="muted">{words.access.none}</p>}
      {changing !== undefined && (
        <PassphraseDialog
          name={changing ?? undefined}
          onClose={() => setChanging(undefined)}
          onSet={() => void run(words.access.saved, reload)}
        />
      )}
      {removing !== undefined && (
        <ConfirmDialog
          title={words.access.removeOwner}
          text={words.access.removeAbout}
          name={removing}
          onClose={() => setRemoving(undefined)}
          onConfirm={() => void remove(removing)}
        />
      )}
    </section>
  );
}
