/**
 * Tells the caller that a certificate expires soon. Loaded only with the option `expiresSoon`.
 *
 * @module
 */
import { formatName } from "../keys/names.ts";
import { readPem } from "../keys/pem.ts";
import { readNotAfter } from "../keys/validity.ts";
import { readCertificate } from "../keys/x509.ts";
import { callListener } from "./listeners.ts";
import type { CheckedOptions } from "./options.ts";

/** A day, in milliseconds. */
const DAY = 24 * 60 * 60 * 1000;

/** A certificate whose end is watched. */
interface Watched {
  readonly cert: string;
  /** `undefined` if the end cannot be read, or was told. */
  notAfter: Date | undefined;
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
  let watched: Watched = { cert: "", notAfter: undefined };
  return {
    look(cert, now = Date.now()) {
      if (cert !== watched.cert) watched = { cert, notAfter: findEnd(cert) };
      const { notAfter } = watched;
      if (notAfter === undefined || notAfter.getTime() - now >= expiresSoonDays * DAY) return;
      watched.notAfter = undefined;
      const [leaf = ""] = cert.match(/-----BEGIN[^]*?-----END.*/) ?? [];
      const daysLeft = Math.floor((notAfter.getTime() - now) / DAY);
      const subject = readSubject(cert);
      callListener("expiresSoon", () => expiresSoon?.({ notAfter, daysLeft, subject, cert: leaf }));
    },
  };
}

function readLeaf(cert: string): Uint8Array {
  const [leaf] = readPem(cert, "the client certificate");
  return leaf?.bytes ?? new Uint8Array();
}

function findEnd(cert: string): Date | undefined {
  try {
    return readNotAfter(readLeaf(cert), "the client certificate");
  } catch { // TLS reads more certificates than this library does
    return undefined;
  }
}

function readSubject(cert: string): string {
  return formatName(readCertificate(readLeaf(cert), "the client certificate").subject);
}
