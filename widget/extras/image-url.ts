/** Addresses of images that the chat may load. */

/** Whether an address has the origin of another. */
export function isOwnAddress(address: string, other: string): boolean {
  const origin = URL.parse(address)?.origin;
  return origin !== undefined && origin !== "null" && origin === URL.parse(other)?.origin;
}

/** Returns the address of an image if it is secure, or of the page's own server; no other scheme loads anything. */
export function imageUrl(address: string | null, page: string): string | undefined {
  const url = address ? URL.parse(address, page) : null;
  return url && (url.protocol === "https:" || isOwnAddress(url.href, page)) ? url.href : undefined;
}
