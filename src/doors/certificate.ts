/**
 * The server's own TLS certificate: reads and checks its two files, and notices when they change. A pair that can't be used
 * never replaces one that can. Serves nothing; `listener` does.
 */
import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { createSecureContext } from "node:tls";
import type { Config } from "../config.ts";
import { StartError } from "../errors.ts";
import type { Logger } from "../logger.ts";

/** How often the files are looked at: soon enough for a renewal, which comes days before the end. */
const LOOK_EVERY_MS = 5000;
const DAY_MS = 86_400_000;
/** An automatic renewal comes 30 days before the end of 90, and is overdue with two weeks left. */
const WARN_DAYS = 14;

/** The settings that name the files. */
export type CertificateFiles = Pick<Config, "tlsCert" | "tlsKey">;

export interface Certificate {
  /** The chain and the key, in PEM form (RFC 7468). */
  cert: string;
  key: string;
  leaf: X509Certificate;
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function readText(setting: string, path: string): string {
  try {
    if (!statSync(path).isFile()) throw new Error("it is not a file");
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new StartError(`${setting} names ${path}, which can't be read: ${reasonOf(error)}.`);
  }
}

function parseLeaf(path: string, text: string): X509Certificate {
  try {
    return new X509Certificate(text);
  } catch {
    throw new StartError(`tls_cert names ${path}, which holds no certificate in PEM form.`);
  }
}

function parseKey(path: string, text: string): KeyObject {
  if (/^-----BEGIN ENCRYPTED|^Proc-Type: 4,ENCRYPTED/m.test(text))
    throw new StartError(`tls_key names ${path}, which has a passphrase; write the key without one.`);
  try {
    return createPrivateKey(text);
  } catch {
    throw new StartError(`tls_key names ${path}, which holds no private key in PEM form.`);
  }
}

/** Reads and checks the two files; undefined when the server has no TLS of its own. Throws StartError with what is wrong. */
export function readCertificate({ tlsCert, tlsKey }: CertificateFiles): Certificate | undefined {
  if (tlsCert === "") return undefined;
  const [cert, key] = [readText("tls_cert", tlsCert), readText("tls_key", tlsKey)];
  const leaf = parseLeaf(tlsCert, cert);
  if (!leaf.checkPrivateKey(parseKey(tlsKey, key)))
    throw new StartError(
      `the key in ${tlsKey} (tls_key) is not that of the certificate in ${tlsCert} (tls_cert).`,
    );
  try {
    createSecureContext({ cert, key });
  } catch (error) {
    throw new StartError(`the certificate in ${tlsCert} (tls_cert) can't be used: ${reasonOf(error)}.`);
  }
  return { cert, key, leaf };
}

/** Whole days until a certificate ends; negative when it has ended. */
export const daysLeft = ({ leaf }: Certificate, now = Date.now()): number =>
  Math.floor((leaf.validToDate.getTime() - now) / DAY_MS);

/** What a certificate is for, as log lines and `doctor` show it. */
export const describeCertificate = ({ leaf }: Certificate): { names: string; until: string } => ({
  names: (leaf.subjectAltName ?? leaf.subject).replaceAll("DNS:", "").replaceAll("IP Address:", ""),
  until: leaf.validToDate.toISOString().slice(0, 10),
});

/** A certificate that soon ends, or has ended, in words; undefined for one that is good for a while. */
export function endingOf(certificate: Certificate, now = Date.now()): string | undefined {
  const days = daysLeft(certificate, now);
  const { until } = describeCertificate(certificate);
  if (days < 0) return `the certificate ended on ${until}: browsers refuse it`;
  return days < WARN_DAYS ? `the certificate ends on ${until}` : undefined;
}

/** Changes whenever a file is written, replaced, or led elsewhere by its link. */
const signatureOf = ({ tlsCert, tlsKey }: CertificateFiles): string =>
  [tlsCert, tlsKey]
    .map((path) => {
      const found = statSync(path, { throwIfNoEntry: false });
      return found ? `${found.dev} ${found.ino} ${found.size} ${found.mtimeMs}` : "missing";
    })
    .join(", ");

export interface CertificateWatchParts {
  files: CertificateFiles;
  /** The certificate that is served. */
  current: Certificate;
  /** Serves another one from now on. */
  renew(next: Certificate): void;
  logger: Logger;
  now?: () => number;
}

export type CertificateWatch = ReturnType<typeof watchCertificate>;

/** Watches the files of a certificate until it is stopped. */
export function watchCertificate({ files, current, renew, logger, now = Date.now }: CertificateWatchParts) {
  let served = current;
  let judged = signatureOf(files);
  let pending: string | undefined;
  let warnedAt = Number.NEGATIVE_INFINITY;

  /** Reads the files now, and serves them when they are good and new. */
  function load(): void {
    judged = signatureOf(files);
    pending = undefined;
    let reason: string;
    try {
      const next = readCertificate(files);
      if (!next || (next.cert === served.cert && next.key === served.key)) {
        logger.info(describeCertificate(served), "the files of the certificate hold what is served");
        return;
      }
      if (daysLeft(next, now()) >= 0) {
        renew(next);
        served = next;
        logger.info(describeCertificate(next), "serving the new certificate; open connections stay");
        return;
      }
      reason = `it ended on ${describeCertificate(next).until}`;
    } catch (error) {
      reason = reasonOf(error);
    }
    logger.warn({ reason }, "the new certificate can't be used: the one before is served on");
  }

  /** Looks for changes. Two files are written one after the other: they are read when they rested for one look. */
  function look(): void {
    const ending = endingOf(served, now());
    if (ending !== undefined && now() - warnedAt >= DAY_MS) {
      warnedAt = now();
      logger.warn({ file: files.tlsCert }, ending);
    }
    const signature = signatureOf(files);
    if (signature === judged) pending = undefined;
    else if (signature === pending) load();
    else pending = signature;
  }

  look();
  const timer = setInterval(look, LOOK_EVERY_MS);
  timer.unref();
  return { load, look, stop: () => clearInterval(timer) };
}
