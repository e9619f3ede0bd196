/**
 * Configuration: the file and the environment become one frozen `Config`.
 * An unknown key or a bad value is a `ConfigError` that names the key, the value and what is allowed.
 */
import type { z } from "zod";
import { checkConsoleSettings } from "./console-settings.ts";
import { allowedBy } from "./parsing.ts";
import type { Setting } from "./setting.ts";
import { envName, fileKey, type SettingKey, settingKeys, SETTINGS } from "./settings.ts";
import {
  checkPattern,
  ConfigError,
  parseTopicRule,
  type TopicDefaults,
  type TopicRule,
  topicTableOf,
} from "./topic-rules.ts";

export type Config = Readonly<
  { [K in SettingKey]: z.output<(typeof SETTINGS)[K]["rule"]> } & { topics: readonly TopicRule[] }
>;

function parseSetting(key: SettingKey, raw: unknown, name: string): unknown {
  const row = SETTINGS[key] as Setting;
  const result = row.rule.safeParse(raw);
  if (result.success) return result.data;
  const shown = row.secret ? "has a value that is not allowed" : `is ${JSON.stringify(raw)}`;
  throw new ConfigError(`${name} ${shown}, must be ${allowedBy(row.rule)}.`);
}

function parseTopicTables(raw: unknown, defaults: TopicDefaults): TopicRule[] {
  if (typeof raw !== "object" || raw === null || Array.isArray(raw)) {
    throw new ConfigError("topics must be tables like [topics.lobby].");
  }
  return Object.entries(raw).map(([pattern, table]) => parseTopicRule(pattern, table, defaults));
}

/** Variables that begin with KABAR_ and are not settings. */
const OTHER_VARIABLES = new Set(["KABAR_CONFIG", "KABAR_TOPICS"]);

/** Addresses that Kubernetes passes to every container beside a Service called `kabar`. They are not settings. */
const KUBERNETES =
  /^KABAR_(?:SERVICE_(?:HOST|PORT(?:_[A-Z0-9_]+)?)|PORT(?:_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)?)$/;

/** `KABAR_PORT` holds an address when Kubernetes sets it; an owner who sets it means the port. */
const isOfKubernetes = (name: string, value = ""): boolean =>
  KUBERNETES.test(name) && (name !== "KABAR_PORT" || value === "" || value.includes("://"));

function refuseUnknown(file: Record<string, unknown>, env: Record<string, string | undefined>): void {
  const known = new Set<string>([...settingKeys.map(fileKey), "topics"]);
  const stranger = Object.keys(file).find((key) => !known.has(key));
  if (stranger !== undefined) {
    throw new ConfigError(`unknown key ${JSON.stringify(stranger)}; allowed: ${[...known].join(", ")}.`);
  }
  const variables = new Set(settingKeys.map(envName));
  const odd = Object.keys(env).find(
    (name) =>
      name.startsWith("KABAR_") &&
      !variables.has(name) &&
      !OTHER_VARIABLES.has(name) &&
      !isOfKubernetes(name, env[name]),
  );
  if (odd === "KABAR_PORT" || odd === "KABAR_HOST") {
    const name = odd.slice("KABAR_".length);
    throw new ConfigError(`unknown variable ${odd}; the variable of this setting is ${name}.`);
  }
  if (odd !== undefined) {
    throw new ConfigError(
      `unknown variable ${odd}; allowed: ${[...OTHER_VARIABLES, ...variables].sort().join(", ")}.`,
    );
  }
}

/**
 * The effective configuration: defaults, under the file's keys, under the environment's variables.
 * `file` is the parsed kabar.toml (or {}). Throws ConfigError.
 */
export function buildConfig(file: Record<string, unknown>, env: Record<string, string | undefined>): Config {
  refuseUnknown(file, env);
  const values: Record<string, unknown> = {};
  for (const key of settingKeys) {
    const variable = env[envName(key)];
    if (variable !== undefined) values[key] = parseSetting(key, variable, envName(key));
    else if (fileKey(key) in file) values[key] = parseSetting(key, file[fileKey(key)], fileKey(key));
    else values[key] = SETTINGS[key].fallback;
  }
  const settings = values as Omit<Config, "topics">;
  if (settings.guestGate === "callback" && settings.gateUrl === "")
    throw new ConfigError("gate_url is empty, must be set when guest_gate is callback.");
  for (const [given, missing] of [
    ["tlsCert", "tlsKey"],
    ["tlsKey", "tlsCert"],
  ] as const)
    if (settings[given] !== "" && settings[missing] === "")
      throw new ConfigError(`${fileKey(missing)} is empty, must be set when ${fileKey(given)} is.`);
  if (settings.tlsCert !== "" && settings.socket !== "")
    throw new ConfigError(
      "tls_cert is set together with socket: TLS is for a port; the proxy before a socket speaks it.",
    );
  checkConsoleSettings(settings);
  let topics: TopicRule[];
  if (env.KABAR_TOPICS !== undefined) {
    const names = env.KABAR_TOPICS.split(/[\s,]+/).filter((word) => word !== "");
    for (const name of names) checkPattern(name, "KABAR_TOPICS");
    topics = parseTopicTables(Object.fromEntries(names.map((name) => [name, {}])), settings);
  } else {
    topics = parseTopicTables(file.topics ?? { lobby: {} }, settings);
  }
  return Object.freeze({ ...settings, topics: Object.freeze(topics) });
}

/** Reads kabar.toml (or the file that KABAR_CONFIG names) and the environment. Throws ConfigError. */
export async function loadConfig(
  env: Record<string, string | undefined>,
  path: string | undefined = env.KABAR_CONFIG,
): Promise<Config> {
  const file = Bun.file(path ?? "kabar.toml");
  if (!(await file.exists())) {
    if (path !== undefined) throw new ConfigError(`the configuration file ${path} does not exist.`);
    return buildConfig({}, env);
  }
  try {
    return buildConfig(Bun.TOML.parse(await file.text()) as Record<string, unknown>, env);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigError(`${path ?? "kabar.toml"}: ${reason}`);
  }
}

/** A setting's value as it may be shown: stars stand for a secret that is set. */
export function shownValue(config: Config, key: (typeof settingKeys)[number]): unknown {
  const value = config[key];
  const isEmpty = value === "" || (Array.isArray(value) && value.length === 0);
  return (SETTINGS[key] as Setting).secret && !isEmpty ? "********" : value;
}

/** The effective configuration as TOML with masked secrets, for `--check`. */
export function showConfig(config: Config): string {
  const lines = settingKeys.map((key) => {
    return `${fileKey(key)} = ${JSON.stringify(shownValue(config, key))}`;
  });
  const topics = config.topics.map((rule) => {
    const table = Object.entries(topicTableOf(rule)).map(
      ([key, value]) => `${key} = ${JSON.stringify(value)}`,
    );
    return `\n[topics.${JSON.stringify(rule.pattern)}]\n${table.join("\n")}`;
  });
  return [...lines, ...topics].join("\n");
}
