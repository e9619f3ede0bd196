/** Passkeys of named owners: adds one on this device, shows when each was used, removes them. */
import { h } from "preact";
import { useState } from "preact/hooks";
import type { Passkey } from "../../src/model.ts";
import { ask, inWords, part } from "./ask.ts";
import { Dialog, Trouble, When } from "./bits.tsx";
import { whyNoPasskeys } from "./passkey-support.ts";
import { usePolled } from "./polled.ts";
import type { ViewProps } from "./shell.tsx";
import { words } from "./speech.ts";

/** Draws the dialog that names a passkey, and whose it is where there is a choice. */
function AddDialog({
  owners,
  browser,
  onAdded,
  onClose,
}: {
  owners: readonly string[];
  browser: string | undefined;
  onAdded: () => void;
  onClose: () => void;
}) {
  const [trouble, setTrouble] = useState("");
  const [isBusy, setBusy] = useState(false);
  const [owner, setOwner] = useState(owners[0] ?? "");
  const add = async (event: SubmitEvent) => {
    event.preventDefault();
    const name = String(new FormData(event.currentTarget as HTMLFormElement).get("name") ?? "").trim();
    setBusy(true);
    try {
      await (await import("./webauthn.ts")).makePasskey(owner, name);
      onAdded();
      onClose();
    } catch (error) {
      setTrouble(inWords(error));
      setBusy(false);
    }
  };
  return (
    <Dialog title={words.passkeys.addFor(owner)} onClose={onClose}>
      <form class="stack" onSubmit={(event) => void add(event)}>
        {owners.length > 1 && (
          <div>
            <label for="passkey-owner">{words.passkeys.owner}</label>
            <select
              id="passkey-owner"
              value={owner}
              onChange={({ currentTarget }) => setOwner(currentTarget.value)}
            >
              {owners.map((one) => (
                <option key={one}>{one}</option>
              ))}
            </select>
          </div>
        )}
        <div>
          <label for="passkey-name">{words.passkeys.name}</label>
          <input
            id="passkey-name"
            name="name"
            required
            maxLength={60}
            autocomplete="off"
            defaultValue={browser ?? ""}
            aria-describedby="passkey-trouble"
          />
        </div>
        <p class="muted">{words.passkeys.thisDevice}</p>
        <p id="passkey-trouble" class="trouble" role="alert" dir="auto">
          {trouble}
        </p>
        <button class="button" type="submit" disabled={isBusy}>
          {words.passkeys.add}
        </button>
      </form>
    </Dialog>
  );
}

/** Draws the passkeys, and what can be done with them. `browser`: the name of this one, which a new passkey gets at first. */
export function PasskeysList({ run, browser }: Pick<ViewProps, "run"> & { browser: string | undefined }) {
  const { data, trouble, reload } = usePolled<{ passkeys: Passkey[]; owners: string[] }>(
    "console/passkeys",
    0,
  );
  const [isAdding, setAdding] = useState(false);
  const remove = (id: string) =>
    run(words.passkeys.removed, async () => {
      await ask("DELETE", `console/passkeys/${part(id)}`);
      await reload();
    });
  const reason = whyNoPasskeys() ?? (data?.owners.length === 0 ? words.passkeys.noOwner : undefined);
  return (
    <section aria-labelledby="passkeys">
      <div class="head">
        <h2 id="passkeys">{words.passkeys.title}</h2>
        {data && reason === undefined && (
          <button class="button" type="button" onClick={() => setAdding(true)}>
            {words.passkeys.add}
          </button>
        )}
      </div>
      <p class="muted">{words.passkeys.about}</p>
      {reason !== undefined && <p class="warning">{reason}</p>}
      <Trouble text={trouble} />
      <ul class="rows">
        {data?.passkeys.map(({ id, owner, name, origin, madeAt, usedAt, copiedAt }) => (
          <li key={id} class="row">
            <div class="grow">
              <strong>
                <bdi>{owner}</bdi> · <bdi>{name}</bdi>
              </strong>
              <div class="muted">
                <When at={madeAt} say={words.passkeys.addedAt} />
                {" · "}
                {usedAt === undefined ? (
                  <span>{words.passkeys.unused}</span>
                ) : (
                  <When at={usedAt} say={words.passkeys.usedAt} />
                )}
                {origin !== location.origin && (
                  <span>
                    {" · "}
                    {words.passkeys.worksAt(origin)}
                  </span>
                )}
              </div>
              {copiedAt !== undefined && (
                <div class="warning">
                  <When at={copiedAt} say={words.passkeys.copiedAt} />
                </div>
              )}
            </div>
            <button class="plain danger" type="button" onClick={() => void remove(id)}>
              {words.access.remove}
              <span class="unseen">
                {" "}
                {owner} {name}
              </span>
            </button>
          </li>
        ))}
      </ul>
      {data?.passkeys.length === 0 && <p class="muted">{words.passkeys.none}</p>}
      {isAdding && data && (
        <AddDialog
          owners={data.owners}
          browser={browser}
          onClose={() => setAdding(false)}
          onAdded={() => void run(words.passkeys.added, reload)}
        />
      )}
    </section>
  );
}
