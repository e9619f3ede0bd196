/** The form of a topic's rules: every field with what it means and the value of kabar.toml beside, checked by the server in its words. */
import { h } from "preact";
import { useEffect, useState } from "preact/hooks";
import { inWords, Refusal } from "./ask.ts";
import { words } from "./speech.ts";
import { type Field, FIELDS, fieldOf, type Rule, tableOf } from "./topic-rule.ts";

const valuesOf = (rule: Rule): Record<string, string> =>
  Object.fromEntries(FIELDS.map(({ name }) => [name, String(rule[name])]));

/** The values to choose from in words; undefined for a number or a text. */
const optionsOf = ({ options }: Field): Readonly<Record<string, string>> | undefined =>
  options && words.rules[options];

function Control({
  field,
  value,
  isWrong,
  onChange,
}: {
  field: Field;
  value: string;
  isWrong: boolean;
  onChange: (value: string) => void;
}) {
  const { name } = field;
  const options = optionsOf(field);
  const shared = {
    id: `rule-${name}`,
    value,
    "aria-describedby": `about-${name}${isWrong ? " rules-trouble" : ""}`,
    ...(isWrong ? { "aria-invalid": true } : {}),
  };
  if (options)
    return (
      <select {...shared} onChange={({ currentTarget }) => onChange(currentTarget.value)}>
        {Object.entries(options).map(([key, text]) => (
          <option key={key} value={key}>
            {text}
          </option>
        ))}
      </select>
    );
  const isNumber = name !== "title";
  return (
    <input
      {...shared}
      {...(isNumber ? { inputMode: "numeric" as const } : { dir: "auto" })}
      maxLength={isNumber ? 12 : 200}
      autocomplete="off"
      onInput={({ currentTarget }) => onChange(currentTarget.value)}
    />
  );
}

/** Draws the form; `save` throws what the server refuses. */
export function RulesForm({
  rule,
  save,
}: {
  rule: Rule;
  save: (table: Record<string, unknown>) => Promise<unknown>;
}) {
  const [values, setValues] = useState(valuesOf(rule));
  const [failure, setFailure] = useState<unknown>();
  const [isBusy, setBusy] = useState(false);
  const stored = JSON.stringify(valuesOf(rule));
  useEffect(() => setValues(JSON.parse(stored)), [stored]);
  const wrong = failure instanceof Refusal ? fieldOf(failure.rule?.field) : undefined;
  const trouble = failure === undefined ? "" : inWords(failure);
  const isChanged = JSON.stringify(values) !== stored;
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    setBusy(true);
    try {
      await save(tableOf(values));
      setFailure(undefined);
    } catch (error) {
      setFailure(error);
    }
    setBusy(false);
  };
  return (
    <form class="card fields" onSubmit={(event) => void submit(event)}>
      {FIELDS.map((field) => {
        const { name } = field;
        const { label, about } = words.rules.fields[name];
        const inFile = rule.file && String(rule.file[name]);
        const inText = (value: string) =>
          optionsOf(field)?.[value] ?? (value === "" ? words.rules.empty : value);
        return (
          <div key={name} class="field">
            <label for={`rule-${name}`}>{label}</label>
            <Control
              field={field}
              value={values[name] ?? ""}
              isWrong={wrong?.name === name}
              onChange={(value) => setValues({ ...values, [name]: value })}
            />
            <p id={`about-${name}`} class="muted">
              {about}
              {inFile !== undefined && inFile !== String(rule[name]) && (
                <span class="warning"> {words.rules.inFile(inText(inFile))}</span>
              )}
            </p>
          </div>
        );
      })}
      <p id="rules-trouble" class="trouble" role="alert" dir="auto">
        {/* The English sentence of the server names the field itself. */}
        {wrong && words.lang !== "en" && `${words.rules.fields[wrong.name].label}: `}
        {trouble}
      </p>
      <div class="line">
        <button class="button" type="submit" disabled={isBusy || !isChanged}>
          {words.rules.save}
        </button>
        {isChanged && (
          <button class="plain" type="button" onClick={() => setValues(valuesOf(rule))}>
            {words.rules.discard}
          </button>
        )}
      </div>
    </form>
  );
}
