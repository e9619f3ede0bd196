/** Self-signed certificates for this machine, made by openssl. */
import { join } from "node:path";
import { hasProgram } from "./parts.ts";

export const hasOpenssl = hasProgram(["openssl", "version"]);

/** Makes `NAME.pem` and `NAME.key` in a folder. */
export function makeCertificate(
  folder: string,
  name: string,
  days = 2,
): { certificate: string; key: string } {
  const [certificate, key] = [join(folder, `${name}.pem`), join(folder, `${name}.key`)];
  const how = `-x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost -days ${days}`;
  const names = ["-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"];
  const made = Bun.spawnSync(
    ["openssl", "req", ...how.split(" "), ...names, "-keyout", key, "-out", certificate],
    { stderr: "pipe" },
  );
  if (made.exitCode !== 0) throw new Error(`openssl: ${made.stderr.toString()}`);
  return { certificate, key };
}
