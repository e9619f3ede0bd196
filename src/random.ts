/**
 * Random ids and secrets, from the system's generator. Web Crypto's, which is there from the start: `node:crypto` brings Node's
 * streams along, and takes milliseconds of a start.
 */

/** Random bytes. */
export const randomBytes = (bytes: number): Buffer => crypto.getRandomValues(Buffer.alloc(bytes));

/** Random bytes in hexadecimal: two characters a byte. */
export const randomHex = (bytes: number): string => randomBytes(bytes).toString("hex");

/** Random bytes in base64url: four characters for three bytes. */
export const randomText = (bytes: number): string => randomBytes(bytes).toString("base64url");
