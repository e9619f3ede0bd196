/** The settings in force: the value of each, where it comes from and what it means. They are changed in kabar.toml or the environment. */
import { h } from "preact";
import { Trouble } from "./bits.tsx";
import { LanguageChoice } from "./language-choice.tsx";
import { usePolled } from "./polled.ts";
import { SearchField, useSearch } from "./search-field.tsx";
import type { ViewProps } from "./shell.tsx";
import { meaningOf, useServerWords } from "./server-speech.ts";
import { inList, words } from "./speech.ts";

interface ShownSetting {
  key: string;
  variable: string;
  value: unknown;
  source: "environment" | "file" | "default";
  default?: unknown;
  about: string;
}

const inToml = (value: unknown): string => JSON.stringify(value) ?? "";

/** Draws the view. */
export function SettingsView(_: ViewProps) {
  const { data, trouble } = usePolled<{ settings: ShownSetting[] }>("settings", 0);
  const { search, setSearch, wanted } = useSearch();
  useServerWords();
  const isWanted = ({ key, about }: ShownSetting) =>
    `${key} ${meaningOf(key, about).text}`.toLowerCase().includes(wanted.toLowerCase());
  return (
    <section>
      <div class="head">
        <h1 tabIndex={-1}>{words.views.settings}</h1>
        <LanguageChoice />
      </div>
      <p class="muted">{words.settings.about}</p>
      <SearchField label={words.settings.search} value={search} onChange={setSearch} />
      <Trouble text={trouble} />
      <ul class="rows">
        {data?.settings.filter(isWanted).map(({ key, variable, value, source, default: usual, about }) => {
          const { text, lang } = meaningOf(key, about);
          return (
            <li key={key} class="row">
              <div class="grow">
                <code>
                  {key} = {inToml(value)}
                </code>
                {source !== "default" && (
                  <span class="badge">{source === "environment" ? variable : "kabar.toml"}</span>
                )}
                <div class="muted">
                  <bdi {...(lang && { lang })}>
                    {text.split("`").map((piece, i) => (i % 2 === 1 ? <code key={i}>{piece}</code> : piece))}
                  </bdi>{" "}
                  {source !== "default" &&
                    usual !== undefined &&
                    words.settings.default(inList([inToml(usual)]))}
                </div>
              </div>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
