/** Looks of `doctor` at the server's own TLS: the files of the certificate, its names and its end, and what the server serves. */
import { type TLSSocket, connect } from "node:tls";
import type { Config } from "../config.ts";
import {
  type Certificate,
  daysLeft,
  describeCertificate,
  endingOf,
  readCertificate,
} from "../doors/certificate.ts";
import { StartError } from "../errors.ts";
import type { Finding } from "./finding.ts";
import { localAddress } from "./local-server.ts";

const ABOUT = "certificate";
const CONNECT_MS = 3000;

/** The fingerprint of the certificate that the server on this machine serves; undefined when none answers. */
function servedFingerprint(config: Config): Promise<string | undefined> {
  const { hostname, port } = new URL(localAddress(config));
  return new Promise((resolve) => {
    const host = hostname.replace(/^\[|\]$/g, "");
    const socket: TLSSocket = connect({ host, port: Number(port || 443), rejectUnauthorized: false });
    const end = (fingerprint?: string) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(fingerprint);
    };
    const timer = setTimeout(end, CONNECT_MS);
    socket.on("secureConnect", () => end(socket.getPeerCertificate().fingerprint256));
    socket.on("error", () => end());
  });
}

/** Whether the certificate is for the host of `public_url`. */
function lookAtName({ leaf }: Certificate, publicUrl: string): Finding[] {
  const host = URL.parse(publicUrl)?.hostname.replace(/^\[|\]$/g, "");
  if (!host || leaf.checkHost(host) || leaf.checkIP(host)) return [];
  const says = `the certificate is not for ${host}, the host of public_url`;
  return [
    { state: "bad", about: ABOUT, says, advice: "let it be issued for that name, or correct public_url" },
  ];
}

/** The configured certificate; no finding where the server has no TLS of its own. */
export async function lookAtCertificate(config: Config): Promise<Finding[]> {
  let certificate: Certificate | undefined;
  try {
    certificate = readCertificate(config);
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    const advice =
      "correct the files: until then the server serves what it has read before, and does not start again";
    return [{ state: "bad", about: ABOUT, says: error.message, advice }];
  }
  if (!certificate) return [];
  const { names, until } = describeCertificate(certificate);
  const ending = endingOf(certificate);
  const served = await servedFingerprint(config);
  const findings = lookAtName(certificate, config.publicUrl);
  if (ending !== undefined) {
    const state = daysLeft(certificate) < 0 ? "bad" : "warn";
    findings.push({
      state,
      about: ABOUT,
      says: ending,
      advice: "renew it; the server reads the new files by itself",
    });
  }
  if (served !== undefined && served !== certificate.leaf.fingerprint256)
    findings.push({
      state: "warn",
      about: ABOUT,
      says: "the server serves another certificate than the file holds",
      advice: "wait ten seconds and run doctor again; then look for a warning in the server's log",
    });
  return findings.length > 0
    ? findings
    : [{ state: "ok", about: ABOUT, says: `for ${names}, until ${until}` }];
}
