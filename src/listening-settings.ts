/** Settings of the place where the server listens: port, host, socket, certificate. Rows of the table in `settings`. */
import { textLike, wholeNumber } from "./parsing.ts";
import { type Setting, setting } from "./setting.ts";

const FILE = textLike(/^.{0,1000}$/, "a file");

export const LISTENING_SETTINGS = {
  port: setting(() => wholeNumber(0, 65_535), 3000, "The port to listen on; 0 picks a free one.", {
    env: "PORT",
  }),
  host: setting(
    () => textLike(/^[A-Za-z0-9.:_-]{1,255}$/, "a host name or an address"),
    "127.0.0.1",
    "The address to listen on. Loopback by default; 0.0.0.0 for all addresses.",
    { env: "HOST" },
  ),
  socket: setting(
    () => textLike(/^[\x20-\x7e]{0,107}$/, "a path of up to 107 plain characters, or empty"),
    "",
    "A Unix socket to listen on in place of `host` and `port`, for a proxy on this machine. Empty: none.",
  ),
  socketMode: setting(
    () => textLike(/^0?[0-7]{3}$/, "three octal digits"),
    "660",
    "The mode of the socket's file: who may connect. 660: the server's user and group.",
  ),
  tlsCert: setting(
    () => FILE,
    "",
    "TLS of the server's own: a PEM file with the certificate and its chain, read again when it changes. Empty: HTTP, for a proxy in front.",
  ),
  tlsKey: setting(() => FILE, "", "A PEM file with the key of `tls_cert`, without a passphrase."),
} satisfies Record<string, Setting>;
