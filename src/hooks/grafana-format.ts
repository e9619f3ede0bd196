/**
 * Payloads of Grafana's webhook contact point, and of Prometheus' Alertmanager, which has the same shape: a line for each alert
 * that fires or is resolved.
 */
import { cleanAddress } from "../message-fields.ts";
import { type Loose, objectOf, objectsOf, textAt, textOf } from "./loose-json.ts";
import { type Posting, shorten, withAddress } from "./posting.ts";

/** Alerts of one message that get a line of their own. */
const MAX_LINES = 20;
const MAX_LABELS = 5;
const MAX_NAME = 200;
/** Labels that the line shows in another place, or that say nothing to readers. */
const HIDDEN_LABELS = new Set(["alertname", "grafana_folder", "severity", "__alert_rule_uid__"]);
/** Severities that make a message urgent. */
const URGENT = /^(?:critical|emergency|page|disaster)$/i;

const isResolved = (alert: Loose): boolean => textOf(alert.status) === "resolved";

/** The labels that tell alerts of one rule apart. */
const labelsOf = (alert: Loose): string =>
  Object.entries(objectOf(alert.labels))
    .filter(([name]) => !HIDDEN_LABELS.has(name) && !name.startsWith("__"))
    .slice(0, MAX_LABELS)
    .map(([name, value]) => shorten(`${name}=${textOf(value)}`, MAX_NAME))
    .join(", ");

/** The line of an alert. */
function lineOf(alert: Loose): string {
  const name = shorten(textAt(alert, "labels", "alertname"), MAX_NAME) || "Alert";
  const words =
    textAt(alert, "annotations", "summary") ||
    textAt(alert, "annotations", "description") ||
    textAt(alert, "annotations", "message");
  const labels = labelsOf(alert);
  const values = isResolved(alert) ? "" : textOf(alert.valueString).replace(/\s+/g, " ");
  const address = textOf(alert.panelURL) || textOf(alert.dashboardURL) || textOf(alert.generatorURL);
  const parts = [
    `${isResolved(alert) ? "✅" : "🔥"} **${name}**${isResolved(alert) ? " resolved" : ""}`,
    words === "" ? "" : `: ${shorten(words, 300)}`,
    labels === "" ? "" : ` (${labels})`,
    values === "" || words !== "" ? "" : ` ${shorten(values, 200)}`,
  ];
  return withAddress(parts.join(""), address);
}

/** The message of a payload. */
export function readGrafana(payload: Loose): Posting {
  const alerts = objectsOf(payload.alerts);
  const firing = alerts.filter((alert) => !isResolved(alert));
  const resolved = alerts.length - firing.length;
  const name =
    textAt(payload, "commonLabels", "alertname") ||
    textAt(payload, "groupLabels", "alertname") ||
    textAt(alerts[0], "labels", "alertname") ||
    textOf(payload.title) ||
    "Alerts";
  const counts = [
    firing.length > 0 ? `${firing.length} firing` : "",
    resolved > 0 ? `${resolved} resolved` : "",
  ].filter((count) => count !== "");
  const isUrgent = firing.some((alert) => URGENT.test(textAt(alert, "labels", "severity")));
  // Without alerts, it is another webhook of Grafana's: its title and its message are all that it says.
  const said = alerts.length === 0 ? [textOf(payload.title), textOf(payload.message)] : [];
  return {
    title: counts.length > 0 ? `${name}: ${counts.join(", ")}` : name,
    // Most servers of one's own have no https address; the lines have addresses of their own.
    link: cleanAddress(textOf(payload.externalURL)),
    icon: firing.length > 0 ? "🔥" : "✅",
    ...(firing.length > 0 ? { priority: isUrgent ? 5 : 4 } : {}),
    lines: [
      ...said,
      ...[...firing, ...alerts.filter(isResolved)].slice(0, MAX_LINES).map(lineOf),
      alerts.length > MAX_LINES ? `… and ${alerts.length - MAX_LINES} more alerts` : "",
      Number(payload.truncatedAlerts) > 0 ? `… and ${Number(payload.truncatedAlerts)} more alerts` : "",
    ],
  };
}
