/**
 * curl's options that `mc-mtls fetch` does not have, or that change nothing here.
 *
 * @module
 */
import type { Refused } from "./arguments.ts";

/** Options that ask for what the command does anyway. */
export const NO_EFFECT = {
  location: { type: "boolean", short: "L" },
  compressed: { type: "boolean" },
  "http1.1": { type: "boolean" },
  basic: { type: "boolean" },
  "fail-with-body": { type: "boolean" },
  "cert-type": { type: "string" },
  "key-type": { type: "string" },
  globoff: { type: "boolean", short: "g" },
  "no-buffer": { type: "boolean", short: "N" },
  "progress-bar": { type: "boolean", short: "#" },
} as const;

const ALWAYS_VERIFIED = "the command always verifies the server; trust a private CA with " +
  "--cacert FILE";
const HTTP_1_1 = "requests use HTTP/1.1";
const TLS_VERSION = "the runtime and the server choose the version of TLS";
const ONE_LIMIT = "-m, --max-time SECONDS limits the whole request";
const NO_COOKIES = "the command keeps no cookies; send them with -H";
const IN_PROXY_URL = "write it into the proxy's URL: --proxy http://NAME:PASSWORD@HOST:PORT";
const VERBOSE = "-v shows the handshake and the headers";
const ONLY_BASIC = "-u sends the name and password with Basic authentication";
const ONE_ORIGIN = "the certificate is presented only to the origin of URL";

/** Options that the command does not have, by long and short name. */
export const REFUSED_OPTIONS: Refused = {
  insecure: ALWAYS_VERIFIED,
  k: ALWAYS_VERIFIED,
  "proxy-insecure": ALWAYS_VERIFIED,
  "ssl-no-revoke": ALWAYS_VERIFIED,
  capath: "--cacert FILE accepts any number of certificates in one file",
  "location-trusted": ONE_ORIGIN,
  "connect-to": ONE_ORIGIN,
  resolve: ONE_ORIGIN,
  "connect-timeout": ONE_LIMIT,
  "speed-time": ONE_LIMIT,
  retry: "the command sends a request once; a shell can repeat it, by the exit code",
  http2: HTTP_1_1,
  "http2-prior-knowledge": HTTP_1_1,
  http3: HTTP_1_1,
  "http1.0": HTTP_1_1,
  "0": HTTP_1_1,
  tlsv1: TLS_VERSION,
  "1": TLS_VERSION,
  "tlsv1.2": TLS_VERSION,
  "tlsv1.3": TLS_VERSION,
  "tls-max": TLS_VERSION,
  ciphers: TLS_VERSION,
  cookie: NO_COOKIES,
  b: NO_COOKIES,
  "cookie-jar": NO_COOKIES,
  c: NO_COOKIES,
  "proxy-user": IN_PROXY_URL,
  U: IN_PROXY_URL,
  noproxy: "set the environment variable NO_PROXY",
  digest: ONLY_BASIC,
  ntlm: ONLY_BASIC,
  negotiate: ONLY_BASIC,
  trace: VERBOSE,
  "trace-ascii": VERBOSE,
  "dump-header": "-i prints the headers before the body",
  D: "-i prints the headers before the body",
  "write-out": "-i prints the status before the body, and the exit code is 1 from 400 up",
  w: "-i prints the status before the body, and the exit code is 1 from 400 up",
  "remote-name": "name the file with -o FILE",
  O: "name the file with -o FILE",
  "remote-header-name": "name the file with -o FILE",
  J: "name the file with -o FILE",
  "continue-at": "a download starts at its beginning",
  C: "a download starts at its beginning",
  range: 'send the header: -H "Range: bytes=FIRST-LAST"',
  r: 'send the header: -H "Range: bytes=FIRST-LAST"',
  referer: 'send the header: -H "Referer: URL"',
  e: 'send the header: -H "Referer: URL"',
  url: "write the URL without an option",
  config: "all options are on the command line",
  K: "all options are on the command line",
  netrc: "pass -u NAME:PASSWORD",
  n: "pass -u NAME:PASSWORD",
};
