/** The part of the admin API that shows the settings in force: the value, where it comes from and what it means; secrets masked. */
import { type Config, shownValue } from "../config.ts";
import type { Setting } from "../setting.ts";
import { envName, fileKey, type SettingKey, SETTINGS, settingKeys } from "../settings.ts";
import { type AdminRouteParts, createAdminRoute } from "./admin-route.ts";
import { NO_STORE } from "./request.ts";

/** Where a setting comes from; `variable` is the value of its variable. */
export function sourceOf(
  config: Config,
  key: SettingKey,
  variable: string | undefined,
): "environment" | "file" | "default" {
  if (variable !== undefined) return "environment";
  return JSON.stringify(config[key]) === JSON.stringify((SETTINGS[key] as Setting).fallback)
    ? "default"
    : "file";
}

/** The settings of a configuration; `env` are the variables that it was made with. */
export function describeSettings(
  config: Config,
  env: Readonly<Record<string, string | undefined>>,
): object[] {
  return settingKeys.map((key) => {
    const { fallback, about, secret } = SETTINGS[key] as Setting;
    return {
      key: fileKey(key),
      variable: envName(key),
      value: shownValue(config, key),
      source: sourceOf(config, key, env[envName(key)]),
      ...(secret ? {} : { default: fallback }),
      about,
    };
  });
}

export type SettingsAdmin = ReturnType<typeof createSettingsAdmin>;

/** Creates the routes. They throw KabarError. */
export function createSettingsAdmin(parts: AdminRouteParts) {
  const admin = createAdminRoute(parts);
  return {
    /** `GET /api/admin/settings` */
    list: admin(async () =>
      Response.json({ settings: describeSettings(parts.config, process.env) }, NO_STORE),
    ),
  };
}
