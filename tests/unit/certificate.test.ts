/** The files of the server's own certificate: which ones are refused, and when changed ones are served. */
import { expect } from "bun:test";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  type Certificate,
  endingOf,
  readCertificate,
  watchCertificate,
} from "../../src/doors/certificate.ts";
import { StartError } from "../../src/errors.ts";
import { createLogger } from "../../src/logger.ts";
import { hasOpenssl, makeCertificate } from "../support/certificates.ts";
import { createFolder } from "../support/folder.ts";
import { testWith } from "../support/parts.ts";

const withOpenssl = testWith("openssl", hasOpenssl, "Debian: openssl");
const root = createFolder();
const made = hasOpenssl ? [makeCertificate(root, "a", 90), makeCertificate(root, "b", 90)] : [];
const [a, b] = [made[0] ?? { certificate: "", key: "" }, made[1] ?? { certificate: "", key: "" }];

withOpenssl("a pair that can't be used is refused with the setting, the file and the reason", async () => {
  const folder = mkdtempSync(join(root, "bad-"));
  const write = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const encrypted = join(folder, "encrypted.key");
  Bun.spawnSync(["openssl", "ec", "-aes128", "-passout", "pass:secret", "-in", a.key, "-out", encrypted]);
  const refusals: [string, string, RegExp][] = [
    [join(folder, "none.pem"), a.key, /^tls_cert names \S+none\.pem, which can't be read: ENOENT/],
    [a.certificate, folder, /^tls_key names \S+, which can't be read: it is not a file\.$/],
    [a.key, a.key, /^tls_cert names \S+, which holds no certificate in PEM form\.$/],
    [write("empty.pem", ""), a.key, /holds no certificate/],
    [a.certificate, a.certificate, /^tls_key names \S+, which holds no private key in PEM form\.$/],
    [a.certificate, encrypted, /^tls_key names \S+, which has a passphrase; write the key without one\.$/],
    [
      a.certificate,
      b.key,
      /^the key in \S+b\.key \(tls_key\) is not that of the certificate in \S+a\.pem \(tls_cert\)\.$/,
    ],
  ];
  for (const [tlsCert, tlsKey, reason] of refusals) {
    expect(() => readCertificate({ tlsCert, tlsKey })).toThrow(StartError);
    expect(() => readCertificate({ tlsCert, tlsKey })).toThrow(reason);
  }
  expect(readCertificate({ tlsCert: "", tlsKey: "" })).toBeUndefined();
});

withOpenssl("changed files are served once they rest, and only if they are good", async () => {
  const folder = mkdtempSync(join(root, "watch-"));
  const files = { tlsCert: join(folder, "cert.pem"), tlsKey: join(folder, "key.pem") };
  const put = (from: typeof a) => {
    cpSync(from.certificate, files.tlsCert);
    cpSync(from.key, files.tlsKey);
  };
  put(a);
  const current = readCertificate(files) as Certificate;
  const served: string[] = [];
  let now = Date.now();
  const watch = watchCertificate({
    files,
    current,
    renew: ({ leaf }) => void served.push(leaf.fingerprint256),
    logger: createLogger("silent"),
    now: () => now,
  });
  const looks = () => [watch.look(), watch.look(), watch.look()];
  const fingerprint = ({ certificate, key }: typeof a) =>
    readCertificate({ tlsCert: certificate, tlsKey: key })?.leaf.fingerprint256 ?? "";
  looks();
  // Half of a renewal, a missing file, and rubbish: the pair before stays.
  cpSync(b.certificate, files.tlsCert);
  looks();
  rmSync(files.tlsKey);
  looks();
  writeFileSync(files.tlsKey, "rubbish");
  looks();
  watch.load();
  expect(served).toEqual([]);
  put(b);
  watch.look();
  expect(served).toEqual([]);
  watch.look();
  watch.look();
  expect(served).toEqual([fingerprint(b)]);
  // At once on a signal, and not twice.
  put(a);
  watch.load();
  watch.load();
  looks();
  expect(served).toEqual([fingerprint(b), fingerprint(a)]);
  // One that has ended never replaces one that may still be good.
  now += 91 * 86_400_000;
  put(b);
  looks();
  expect(served).toHaveLength(2);
  watch.stop();
});

withOpenssl("a certificate with less than two weeks left is announced", async () => {
  const certificate = readCertificate({ tlsCert: a.certificate, tlsKey: a.key }) as Certificate;
  const inDays = (days: number) => endingOf(certificate, Date.now() + days * 86_400_000);
  expect(inDays(70)).toBeUndefined();
  expect(inDays(80)).toMatch(/^the certificate ends on \d{4}-\d\d-\d\d$/);
  expect(inDays(91)).toMatch(/^the certificate ended on .*: browsers refuse it$/);
});
