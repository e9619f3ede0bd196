/** The settings in force: the value of each, where it comes from and what it means. They are changed in kabar.toml or the environment. */
import { h } from "preact";
import { usePolled } from "./polled.ts";
import { SearchField, useSearch } from "./search-field.tsx";
import type { ViewProps } from "./shell.tsx";

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
  const isWanted = ({ key, about }: ShownSetting) =>
    `${key} ${about}`.toLowerCase().includes(wanted.toLowerCase());
  return (
    <section>
      <div class="head">
        <h1 tabIndex={-1}>Settings</h1>
      </div>
      <p class="muted">
        In force since the start. They come from kabar.toml and the environment, which wins.
      </p>
      <SearchField label="Search settings" value={search} onChange={setSearch} />
      {trouble && <p class="trouble">{trouble}</p>}
      <ul class="rows">
        {data?.settings.filter(isWanted).map(({ key, variable, value, source, default: usual, about }) => (
          <li key={key} class="row">
            <div class="grow">
              <code>
                {key} = {inToml(value)}
              </code>
              {source !== "default" && (
                <span class="badge">{source === "environment" ? variable : "kabar.toml"}</span>
              )}
              <div class="muted">
                {about}
                {source !== "default" && usual !== undefined && ` Default: ${inToml(usual)}.`}
              </div>
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}
