/**
 * Addresses of the public Internet: everything but the special ranges of IANA's registries (RFC 6890), so that a webhook cannot
 * reach this machine, its network or a cloud's metadata. IPv4 addresses inside IPv6 ones are judged as what they are.
 */
import { embedded, groupsOf, isIP } from "../address.ts";

/** IPv4 ranges that are not public: the address and the length of its prefix. */
const SPECIAL_V4: readonly (readonly [string, number])[] = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  // Multicast, and the reserved rest with the broadcast address.
  ["224.0.0.0", 3],
];

const toNumber = (v4: string): number => v4.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);

const isPublicV4 = (address: string): boolean =>
  SPECIAL_V4.every(([range, length]) => {
    const size = 2 ** (32 - length);
    return Math.floor(toNumber(address) / size) !== Math.floor(toNumber(range) / size);
  });

function isPublicV6(groups: readonly string[]): boolean {
  const v4 = embedded(groups);
  if (v4 !== undefined) return isPublicV4(v4);
  const [first = 0, second = 0] = groups.map((group) => Number.parseInt(group, 16));
  // Global unicast is 2000::/3. In it, 2001::/23 has protocols such as Teredo, 2001:db8::/32 and 3fff::/20 are for documents, 2002::/16 tunnels to any IPv4 address.
  if (first < 0x2000 || first > 0x3fff) return false;
  if (first === 0x2001 && (second < 0x200 || second === 0xdb8)) return false;
  return first !== 0x2002 && !(first === 0x3fff && second < 0x1000);
}

/** Whether an address is public. False for what is no address. */
export function isPublicAddress(address: string): boolean {
  if (isIP(address) === 4) return isPublicV4(address);
  const groups = address.includes("%") ? undefined : groupsOf(address);
  return groups !== undefined && isPublicV6(groups);
}
