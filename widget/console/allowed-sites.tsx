/** Sites whose pages may use the chat: those of the configuration, and those that are added and removed here. */
import { h } from "preact";
import { useState } from "preact/hooks";
import { ask, inWords, part } from "./ask.ts";
import { Trouble } from "./bits.tsx";
import { usePolled } from "./polled.ts";
import type { ViewProps } from "./shell.tsx";
import { inList, words } from "./speech.ts";

interface ListedOrigin {
  origin: string;
  source: "environment" | "file" | "default" | "api";
}

/** The places of the configuration, as they are called everywhere. */
const PLACES = { environment: "KABAR_ALLOWED_ORIGINS", file: "kabar.toml", default: "kabar.toml" } as const;

/** The same in every language. */
const EXAMPLE = "https://example.com";

const addOrigin = (origin: string) => ask<{ origin: string }>("POST", "origins", { origin });

/** Draws the field for one more site. The server says what is wrong with one. */
function AddSite({ onAdded }: { onAdded: (origin: string) => void }) {
  const [value, setValue] = useState("");
  const [trouble, setTrouble] = useState("");
  const [isBusy, setBusy] = useState(false);
  const add = async (event: SubmitEvent) => {
    event.preventDefault();
    setBusy(true);
    try {
      const { origin } = await addOrigin(value.trim());
      setValue("");
      setTrouble("");
      onAdded(origin);
    } catch (error) {
      setTrouble(inWords(error));
    }
    setBusy(false);
  };
  return (
    <form class="field" onSubmit={(event) => void add(event)}>
      <label for="new-site">{words.start.site}</label>
      <div class="line">
        <input
          id="new-site"
          class="site"
          dir="ltr"
          required
          maxLength={300}
          placeholder={EXAMPLE}
          autocomplete="off"
          autocapitalize="off"
          spellcheck={false}
          value={value}
          aria-describedby="site-trouble"
          {...(trouble ? { "aria-invalid": true } : {})}
          onInput={({ currentTarget }) => setValue(currentTarget.value)}
        />
        <button class="button" type="submit" disabled={isBusy}>
          {words.start.allow}
        </button>
      </div>
      <p id="site-trouble" class="trouble" role="alert" dir="auto">
        {trouble}
      </p>
    </form>
  );
}

/** Draws the list, with a field for one more where not every site may use the chat anyway. */
export function AllowedSites({ run }: Pick<ViewProps, "run">) {
  const { data, trouble, reload } = usePolled<{ origins: ListedOrigin[] }>("origins", 0);
  const origins = data?.origins ?? [];
  const isOpen = origins.some(({ origin }) => origin === "*");
  const isOpenByFile = origins.some(({ origin, source }) => origin === "*" && source !== "api");
  const onAdded = (origin: string) =>
    void run(undefined, async () => {
      await reload();
      return { text: words.start.siteAllowed(inList([origin])) };
    });
  const remove = (origin: string) =>
    run(undefined, async () => {
      await ask("DELETE", `origins?origin=${part(origin)}`);
      await reload();
      return {
        text: words.start.siteRemoved(inList([origin])),
        undo: async () => {
          await addOrigin(origin);
          await reload();
        },
      };
    });
  const shown = isOpenByFile ? origins.filter(({ source }) => source === "api") : origins;
  return (
    <section aria-labelledby="sites">
      <h2 id="sites">{words.start.pages}</h2>
      <Trouble text={trouble} />
      {data && (
        <p class={isOpen && !isOpenByFile ? "warning" : "muted"}>
          {isOpenByFile ? words.start.anySite : isOpen ? words.start.anySiteHere : words.start.theseSites}
        </p>
      )}
      <ul class="rows sites">
        {shown.map(({ origin, source }) => (
          <li key={`${source} ${origin}`} class="row">
            <span class="grow">
              <code>{origin}</code>
              {source !== "api" && <span class="badge">{PLACES[source]}</span>}
            </span>
            {source === "api" && (
              <button class="plain danger" type="button" onClick={() => void remove(origin)}>
                {words.access.remove}
                <span class="unseen"> {origin}</span>
              </button>
            )}
          </li>
        ))}
      </ul>
      {data && !isOpenByFile && <AddSite onAdded={onAdded} />}
    </section>
  );
}
