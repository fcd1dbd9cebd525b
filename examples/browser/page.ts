/**
 * Opens the certificate file that is dropped on the page. The Content-Security-Policy of the page
 * allows no connection, so the file stays in the browser.
 */
import {
  type CredentialReport,
  inspectCredentials,
  McFetchError,
  type PemIdentity,
  type PfxCredentials,
  readIdentity,
} from "@acme/mc-mtls";
import { drawChain, formatDate, make } from "./picture.ts";

/** The largest file that is read, in bytes. Key files have some thousand. */
const MAX_BYTES = 4 * 1024 * 1024;

function find<Kind extends HTMLElement = HTMLElement>(id: string): Kind {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`The page has no element ${id}`);
  return element as Kind;
}

const ask = find("ask");
const more = find("more");
const report = find("report");
const file = find<HTMLInputElement>("file");
const passphrase = find<HTMLInputElement>("passphrase");
const alias = find<HTMLInputElement>("alias");
const keyPassphrase = find<HTMLInputElement>("key-passphrase");

let contents: Uint8Array | undefined;
let attempt = 0;

/** Reads a file that was dropped or chosen, and tries it without a passphrase. */
async function takeFile(chosen: File | undefined): Promise<void> {
  if (chosen === undefined) return;
  const mine = ++attempt;
  find("name").textContent = chosen.name;
  for (const input of [passphrase, alias, keyPassphrase]) input.value = "";
  ask.hidden = more.hidden = report.hidden = true;
  contents = undefined;
  if (chosen.size > MAX_BYTES) {
    return showError("This is no certificate file: it is too large.");
  }
  showBusy();
  const bytes = new Uint8Array(await chosen.arrayBuffer());
  if (mine !== attempt) return;
  contents = bytes;
  await open({ pfx: bytes });
}

/** Opens the file, whatever its kind is, and shows it or asks for what is missing. */
async function open(credentials: PfxCredentials): Promise<void> {
  const mine = ++attempt;
  const now = new Date();
  showBusy();
  try {
    const inspected = await inspectCredentials(credentials, { now });
    const identity = await readIdentity(credentials).catch(() => undefined);
    if (mine !== attempt) return;
    ask.hidden = true;
    showReport(inspected, identity, now);
  } catch (error) {
    if (mine === attempt) askAgain(error, credentials);
  }
}

function askAgain(error: unknown, { passphrase: given }: PfxCredentials): void {
  report.hidden = true;
  const { message } = error as Error;
  const code = error instanceof McFetchError ? error.code : undefined;
  ask.hidden = code !== "wrong_passphrase" && code !== "ambiguous_key";
  if (/`(alias|keyPassphrase)`/.test(message)) more.hidden = false;
  if (code === "wrong_passphrase" && given === undefined) {
    find("status").textContent = "The file is protected. Enter its passphrase.";
  } else {
    showError(message.replace(/the PKCS#12 file/, "the file"));
  }
  if (!ask.hidden) {
    (more.hidden || given === undefined ? passphrase : alias).focus();
  }
}

function showBusy(): void {
  showError("");
  find("status").textContent = "Opening the file…";
}

function showError(message: string): void {
  find("error").textContent = message;
  find("error").hidden = message === "";
  find("status").textContent = "";
}

function showReport(
  { leaf, ...rest }: CredentialReport,
  identity: PemIdentity | undefined,
  now: Date,
): void {
  const { problems } = rest;
  find("status").textContent = problems.length === 0
    ? "The file is open. Nothing is wrong with the certificate."
    : `The file is open. Problems found: ${problems.length}.`;
  find("problems").replaceChildren(
    ...problems.map(({ severity, message, code }) => {
      const isError = severity === "error";
      return make(
        "li",
        isError ? "bad" : "soon",
        make("span", "state", isError ? "Error" : "Warning"),
        make(
          "span",
          "foreign",
          `${message.charAt(0).toUpperCase()}${message.slice(1)}.`,
        ),
        make("code", "quiet", code),
      );
    }),
  );
  if (problems.length === 0) {
    find("problems").append(
      make("li", "good", make("span", "state", "Nothing")),
    );
  }
  find("chain").replaceChildren(...drawChain({ leaf, ...rest }, now));
  const { names, keyUsages, extendedKeyUsages } = leaf;
  find("details").replaceChildren(
    ...[
      ["Subject", leaf.subject],
      ["Issuer", leaf.issuer],
      ["Serial number", leaf.serialNumber],
      [
        "Valid",
        `${formatDate(leaf.notBefore)} to ${formatDate(leaf.notAfter)}`,
      ],
      ["Key", leaf.keyType],
      ["Signature", leaf.signatureAlgorithm],
      ["Key usage", keyUsages.join(", ") || "not stated"],
      ["Purpose", extendedKeyUsages.join(", ") || "not stated"],
      ["Names", names.join(", ") || "none"],
      ["For", rest.environment ? `Mastercard's ${rest.environment}` : "(not Mastercard)"],
      ["SHA-256", leaf.fingerprint],
    ].flatMap((
      [name = "", value = ""],
    ) => [make("dt", "", name), make("dd", "foreign", value)]),
  );
  showPem(identity);
  report.hidden = false;
}

/** Offers the certificate and the key as PEM, to copy and to save. */
function showPem(identity: PemIdentity | undefined): void {
  find("pem").hidden = identity === undefined;
  find("no-pem").hidden = identity !== undefined;
  for (const part of ["cert", "key"] as const) {
    const save = find<HTMLAnchorElement>(`save-${part}`);
    URL.revokeObjectURL(save.href);
    save.removeAttribute("href");
    const copy = find<HTMLButtonElement>(`copy-${part}`);
    if (identity === undefined) continue;
    save.href = URL.createObjectURL(
      new Blob([identity[part]], { type: "text/plain" }),
    );
    copy.onclick = async () => {
      const done = navigator.clipboard.writeText(identity[part]);
      const said = await done.then(
        () => "Copied.",
        () => "This browser does not allow copying.",
      );
      find("status").textContent = said;
    };
  }
}

file.addEventListener("change", () => takeFile(file.files?.[0]));
for (const type of ["dragenter", "dragover", "dragleave", "drop"] as const) {
  document.addEventListener(type, (event) => {
    event.preventDefault(); // otherwise the browser leaves the page and shows the file
    find("drop").classList.toggle(
      "over",
      type === "dragenter" || type === "dragover",
    );
    if (type === "drop") takeFile(event.dataTransfer?.files[0]);
  });
}
ask.addEventListener("submit", (event) => {
  event.preventDefault();
  if (contents === undefined) return;
  const more = { ...alias.value && { alias: alias.value } };
  const key = {
    ...keyPassphrase.value && { keyPassphrase: keyPassphrase.value },
  };
  open({ pfx: contents, passphrase: passphrase.value, ...more, ...key });
});
find("forget").addEventListener("click", () => location.reload());
