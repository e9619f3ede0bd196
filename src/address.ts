/**
 * Client addresses: read from a socket or a proxy's header, and cut to the unit that is counted.
 * Limits, ids and bans count by that unit. An IPv4 address is a unit; of IPv6 a household or a rented host has a /64 (RFC 6177).
 */
import { isIP } from "node:net";

/** The longest address with its port and zone is shorter. */
const MAX_LENGTH = 64;
/** The unit of all addresses that cannot be parsed. */
const UNKNOWN = "unknown";

/** An IPv6 address as eight groups of hexadecimal digits. */
export function groupsOf(address: string): string[] {
  // The URL parser reads every form and writes one (WHATWG URL section 3.5).
  const plain = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [head = "", tail] = plain.split("::");
  const before = head === "" ? [] : head.split(":");
  const after = tail === undefined || tail === "" ? [] : tail.split(":");
  return [...before, ...Array<string>(8 - before.length - after.length).fill("0"), ...after];
}

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
  const kind = isIP(address);
  if (kind === 4) return address;
  if (kind !== 6) return undefined;
  const groups = groupsOf(address);
  return embedded(groups) ?? `${groups.slice(0, 4).join(":")}::/64`;
}

/** The unit of an address, or `unknown` when the text is not an address. */
export const unitOrUnknown = (raw: string | undefined): string => (raw && unitOf(raw)) || UNKNOWN;

/** The network of an IPv6 unit: the /48 that a provider gives to one site. Undefined for IPv4. */
export function networkOf(unit: string): string | undefined {
  return unit.endsWith("::/64") ? `${unit.split(":").slice(0, 3).join(":")}::/48` : undefined;
}
