/**
 * Client addresses: read from a socket or a proxy's header, and cut to the unit that is counted.
 * Limits, ids and bans count by that unit. An IPv4 address is a unit; of IPv6 a household or a rented host has a /64 (RFC 6177).
 */
/** The longest address with its port and zone is shorter. */
const MAX_LENGTH = 64;
/** The unit of all addresses that cannot be parsed. */
const UNKNOWN = "unknown";

const V4_BYTE = "(?:\\d|[1-9]\\d|1\\d\\d|2[0-4]\\d|25[0-5])";
const V4 = new RegExp(`^(?:${V4_BYTE}\\.){3}${V4_BYTE}$`);
const V6_GROUP = /^[\da-f]{1,4}$/i;
const V6_GROUPS = 8;
/** The zone at the end of an IPv6 address (RFC 4007 section 11). */
const ZONE = /%[\w.:-]+$/;

/** The groups between colons as numbers; an IPv4 address at the end of `text` is two of them. Undefined for other texts. */
function readGroups(text: string): number[] | undefined {
  if (text === "") return [];
  const parts = text.split(":");
  const v4 = V4.test(parts.at(-1) ?? "") ? (parts.pop() ?? "").split(".").map(Number) : [];
  if (!parts.every((part) => V6_GROUP.test(part))) return undefined;
  const [a = 0, b = 0, c = 0, d = 0] = v4;
  const last = v4.length > 0 ? [a * 256 + b, c * 256 + d] : [];
  return [...parts.map((part) => Number.parseInt(part, 16)), ...last];
}

/** An IPv6 address (RFC 4291 section 2.2) as eight groups of hexadecimal digits. Undefined for other texts. */
export function groupsOf(address: string): string[] | undefined {
  if (address.length > MAX_LENGTH) return undefined;
  const [head = "", tail, ...more] = address.replace(ZONE, "").split("::");
  // An IPv4 address stands at the end only.
  if (more.length > 0 || (tail !== undefined && head.includes("."))) return undefined;
  const before = readGroups(head);
  const after = readGroups(tail ?? "");
  if (!before || !after) return undefined;
  const missing = V6_GROUPS - before.length - after.length;
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined;
  return [...before, ...Array<number>(missing).fill(0), ...after].map((group) => group.toString(16));
}

/** 4 or 6 for an address of that version of IP, with or without a zone; 0 for other texts. Node's own takes milliseconds of a start. */
export const isIP = (text: string): 0 | 4 | 6 => (V4.test(text) ? 4 : groupsOf(text) ? 6 : 0);

const byte = (group: string, shift: number): number => (Number.parseInt(group, 16) >> shift) & 255;

/** The IPv4 address inside an IPv6 one: mapped (RFC 4291 section 2.5.5.2) or translated (RFC 6052). */
export function embedded(groups: readonly string[]): string | undefined {
  const head = groups.slice(0, 6).join(":");
  if (head !== "0:0:0:0:0:ffff" && head !== "64:ff9b:0:0:0:0") return undefined;
  const [high = "0", low = "0"] = groups.slice(6);
  return [byte(high, 8), byte(high, 0), byte(low, 8), byte(low, 0)].join(".");
}

/**
 * The unit of an address: an IPv4 address, or the first 64 bits of an IPv6 one as `2001:db8:1:2::/64`. Ignores ports, brackets
 * and zones. Undefined when the text is not an address.
 */
export function unitOf(raw: string): string | undefined {
  if (raw.length > MAX_LENGTH) return undefined;
  const text = raw.trim();
  const bare = /^\[([^\]]+)\](?::\d{1,5})?$/.exec(text)?.[1] ?? /^([\d.]+):\d{1,5}$/.exec(text)?.[1] ?? text;
  const [address = ""] = bare.split("%", 1);
  if (V4.test(address)) return address;
  const groups = groupsOf(address);
  return groups && (embedded(groups) ?? `${groups.slice(0, 4).join(":")}::/64`);
}

/** The unit of an address, or `unknown` when the text is not an address. */
export const unitOrUnknown = (raw: string | undefined): string => (raw && unitOf(raw)) || UNKNOWN;

/** The network of an IPv6 unit: the /48 that a provider gives to one site. Undefined for IPv4. */
export function networkOf(unit: string): string | undefined {
  return unit.endsWith("::/64") ? `${unit.split(":").slice(0, 3).join(":")}::/48` : undefined;
}
