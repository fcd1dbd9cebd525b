/** Certificates that some runtime rejects in a server, made with OpenSSL in a folder. */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

const LEAF = "basicConstraints=critical,CA:FALSE\n";
const SERVER = "extendedKeyUsage=serverAuth\n";
const NAMES = "subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1\n";
const CA = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n";

/** The extensions of each certificate; none: version 1. */
const EXTENSIONS: Readonly<Record<string, string>> = {
  usual: LEAF + SERVER + NAMES,
  "for clients": `${LEAF}extendedKeyUsage=clientAuth\n${NAMES}`,
  "signs only": `${LEAF}keyUsage=critical,keyCertSign\n${NAMES}`,
  ca: CA,
};

/** A certificate to make. */
interface Request {
  readonly extensions?: string;
  readonly issuer?: string;
  readonly key?: readonly string[];
  readonly digest?: string;
  readonly dates?: readonly string[];
}

const RSA = ["rsa:2048"];
const FUTURE = ["-not_before", "20400101000000Z", "-not_after", "20410101000000Z"];

const CERTIFICATES: Readonly<Record<string, Request>> = {
  root: { extensions: "ca" },
  intermediate: { extensions: "ca", issuer: "root" },
  "sha1-intermediate": { extensions: "ca", issuer: "root", digest: "-sha1" },
  server: { issuer: "root" },
  chained: { issuer: "intermediate" },
  "sha1-chained": { issuer: "sha1-intermediate" },
  future: { issuer: "root", dates: FUTURE },
  sha1: { issuer: "root", digest: "-sha1" },
  "for-clients": { issuer: "root", extensions: "for clients" },
  "signs-only": { issuer: "root", extensions: "signs only" },
  v1: { issuer: "root", extensions: "" },
  short: { issuer: "root", key: ["rsa:1024"] },
  client: { issuer: "root", extensions: "for clients" },
  "client-future": { issuer: "root", extensions: "for clients", dates: FUTURE },
  "client-chained": { issuer: "intermediate", extensions: "for clients" },
};

/** Makes `NAME.pem` and `NAME.key` of each certificate. */
export function makeTroubleCertificates(directory: string): void {
  const openssl = (...args: string[]) => {
    execFileSync("openssl", args, { cwd: directory, stdio: ["ignore", "ignore", "pipe"] });
  };
  for (const [name, text] of Object.entries(EXTENSIONS)) {
    writeFileSync(join(directory, `${name}.ext`), text);
  }
  writeFileSync(
    join(directory, "ca.cnf"),
    "[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\nnew_certs_dir=.\nserial=serial\npolicy=p\n" +
      "default_md=sha256\nunique_subject=no\nrand_serial=yes\n[p]\ncommonName=supplied\n",
  );
  writeFileSync(join(directory, "index.txt"), "");
  for (const [name, request] of Object.entries(CERTIFICATES)) {
    const { extensions = "usual", issuer, key: [key = ""] = RSA, digest = "-sha256" } = request;
    const { dates } = request;
    const subject = `/CN=${extensions === "ca" ? `trouble ${name}` : name}`;
    const files = ["-keyout", `${name}.key`, "-out", `${name}.csr`];
    openssl("req", "-new", "-newkey", key, "-nodes", "-subj", subject, ...files);
    const flags = extensions === "" ? [] : ["-extfile", `${extensions}.ext`];
    const output = ["-in", `${name}.csr`, "-out", `${name}.pem`];
    if (dates !== undefined) {
      const [, from = "", , to = ""] = dates;
      const signer = ["-cert", `${issuer}.pem`, "-keyfile", `${issuer}.key`];
      const validity = ["-startdate", from, "-enddate", to];
      openssl(
        "ca",
        "-batch",
        "-notext",
        "-config",
        "ca.cnf",
        ...signer,
        ...validity,
        ...output,
        ...flags,
      );
      continue;
    }
    const signer = issuer === undefined
      ? ["-signkey", `${name}.key`]
      : ["-CA", `${issuer}.pem`, "-CAkey", `${issuer}.key`, "-CAcreateserial"];
    openssl("x509", "-req", "-days", "30", digest, ...signer, ...output, ...flags);
  }
  // As people make it: `openssl req -x509` says CA:TRUE.
  openssl(
    ...["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/CN=localhost"],
    ...["-addext", NAMES.trim(), "-keyout", "self-signed.key", "-out", "self-signed.pem"],
  );
  // For the same with CA:FALSE, the default configuration would say it twice.
  writeFileSync(join(directory, "empty.cnf"), "[req]\ndistinguished_name=d\n[d]\n");
  openssl(
    ...["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/CN=localhost"],
    ...["-config", "empty.cnf", "-addext", NAMES.trim()],
    ...["-addext", "basicConstraints=critical,CA:FALSE"],
    ...["-keyout", "self-signed-leaf.key", "-out", "self-signed-leaf.pem"],
  );
  openssl("genpkey", "-genparam", "-algorithm", "DH", "-pkeyopt", "dh_rfc5114:1", "-out", "dh.pem");
}
