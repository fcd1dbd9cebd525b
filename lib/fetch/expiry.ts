/**
 * Tells the caller that a certificate expires soon. Loaded only with the option `expiresSoon`.
 *
 * @module
 */
import { formatName } from "../keys/names.ts";
import { readPem } from "../keys/pem.ts";
import { DAY, daysBetween, readValidity } from "../keys/validity.ts";
import { type Certificate, readCertificate } from "../keys/x509.ts";
import { callListener } from "./listeners.ts";
import type { CheckedOptions } from "./options.ts";

/** A certificate whose end is watched. */
interface Watched {
  readonly cert: string;
  /** `undefined` if its end cannot be read, or was told. */
  leaf: Certificate | undefined;
}

/** Looks at the certificate of each request. */
export interface ExpiryWatch {
  /**
   * Tells the caller once if the certificate expires soon.
   *
   * @param cert The certificate as PEM, with its issuers after it
   * @param now The time, from `Date.now()`
   */
  look(cert: string, now?: number): void;
}

/** Watches the end of each certificate that is used. */
export function watchExpiry({ expiresSoon, expiresSoonDays }: CheckedOptions): ExpiryWatch {
  let watched: Watched = { cert: "", leaf: undefined };
  return {
    look(cert, now = Date.now()) {
      if (cert !== watched.cert) watched = { cert, leaf: readLeaf(cert) };
      const { leaf } = watched;
      if (leaf === undefined) return;
      const [, end] = readValidity(leaf.validity);
      if (end - now >= expiresSoonDays * DAY) return;
      watched.leaf = undefined;
      if (end === 0) return;
      const notAfter = new Date(end);
      const daysLeft = daysBetween(new Date(now), notAfter);
      const subject = formatName(leaf.subject);
      const [pem = ""] = cert.match(/-----BEGIN[^]*?-----END.*/) ?? [];
      callListener("expiresSoon", () => expiresSoon?.({ notAfter, daysLeft, subject, cert: pem }));
    },
  };
}

function readLeaf(cert: string): Certificate | undefined {
  try {
    const [leaf] = readPem(cert, "the client certificate");
    return leaf && readCertificate(leaf.bytes, "the client certificate");
  } catch { // TLS reads more certificates than this library does
    return undefined;
  }
}
