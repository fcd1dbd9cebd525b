/**
 * Files that are dropped on the page, and what it must show of each.
 *
 * @module
 */
import { join } from "node:path";
import { FIXTURES, PASSPHRASE } from "./fixtures.ts";

/** File that is dropped on the page. */
export interface Case {
  readonly name: string;
  readonly path: string;
  /** The passphrases to enter, one after the other. */
  readonly passphrases?: readonly string[];
  /** Texts that the page must show afterwards. */
  readonly shows: readonly string[];
  /** Texts that it must not show. */
  readonly hides?: readonly string[];
}

const VALID = "Nothing is wrong with the certificate.";
const CHAIN = [
  "Client certificate",
  "CN=client, O=mc-mtls",
  "Issuer",
  "Root",
  "CN=mc-mtls test CA",
];

/** Lists the files. `written` is the folder of those that are made now. */
export const listCases = (written: string): readonly Case[] => [
  {
    name: "an old .p12 with RC2",
    path: join(FIXTURES, "openssl-legacy.p12"),
    passphrases: [PASSPHRASE],
    shows: [VALID, ...CHAIN, "RSA 2048", "Download client.key"],
  },
  {
    name: "a .p12 of today",
    path: join(FIXTURES, "openssl3.p12"),
    passphrases: [PASSPHRASE],
    shows: [VALID, ...CHAIN, "Download client.key"],
  },
  {
    name: "a wrong passphrase",
    path: join(FIXTURES, "openssl3.p12"),
    passphrases: ["wrong"],
    shows: ["Cannot open the file: the passphrase does not open it", "Passphrase of the file"],
    hides: ["Client certificate"],
  },
  {
    name: "a wrong passphrase, then the right one",
    path: join(FIXTURES, "openssl3.p12"),
    passphrases: ["wrong", PASSPHRASE],
    shows: [VALID],
    hides: ["Cannot open", "Passphrase of the file"],
  },
  {
    name: "a Java keystore",
    path: join(FIXTURES, "java.jks"),
    passphrases: [PASSPHRASE],
    shows: [VALID, "CN=client on P-256, O=mc-mtls", "EC P-256", "Download client.key"],
  },
  {
    name: "a file with two certificates asks for a name",
    path: join(FIXTURES, "two.p12"),
    passphrases: [PASSPHRASE],
    shows: ["it holds 2 private keys", "Name or fingerprint of the certificate"],
  },
  {
    name: "a certificate without its key",
    path: join(FIXTURES, "client.cert.der"),
    shows: ["There is no private key with it", "This file does not hold both.", "not in this file"],
    hides: ["Download client.key"],
  },
  {
    name: "an expired certificate",
    path: join(written, "expired.pem"),
    shows: ["It expired on", "expired 36 days ago", "Error", "Download client.key"],
    hides: [VALID],
  },
  {
    name: "a certificate that is not valid yet",
    path: join(written, "future.pem"),
    shows: ["not valid before", "not_yet_valid"],
  },
  {
    name: "a name that is markup",
    path: join(written, "hostile.pem"),
    shows: [String.raw`CN=<img src=x onerror="alert(1)">\u{202e}gnp.exe\u{7}`],
  },
  { name: "a name from right to left", path: join(written, "hebrew.pem"), shows: ["CN=שלום"] },
  {
    name: "a file that is something else",
    path: join(FIXTURES, "make.sh"),
    shows: ["Cannot open the file: it is a text, not a certificate or private key"],
    hides: ["Client certificate"],
  },
];
