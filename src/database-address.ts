/**
 * Addresses of databases: which ones are accepted, and the part of one that may be shown. Users and passwords never reach a
 * log line or an error. Pure.
 */

/** The most databases of one log: each costs a node seven connections. */
export const MAX_DATABASES = 64;

/**
 * Whether a text is the address of a PostgreSQL database. An `@`, `/`, `?` or `#` in a password must be percent-encoded (RFC 3986):
 * otherwise a part of the password would be taken for the host or the database.
 */
export function isDatabaseAddress(text: string): boolean {
  if (!/^postgres(?:ql)?:\/\/\S{1,500}$/.test(text) || !URL.canParse(text)) return false;
  const { hostname, pathname, search, hash } = new URL(text);
  return hostname !== "" && hash === "" && !`${pathname}${search}`.includes("@");
}

/** Host, port and database of an address, without its user and password: `db.example:5432/kabar`. */
export function databaseName(address: string): string {
  const { host, pathname } = new URL(address);
  return `${host}${pathname}`;
}
