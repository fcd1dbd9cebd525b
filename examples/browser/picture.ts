/**
 * The certificates as a picture: leaf, issuers and root, each with its validity. Text of others is
 * set as `textContent` only, so no name in a certificate becomes markup.
 */
import type { CertificateDetails, CredentialReport } from "@acme/mc-mtls";

const SVG = "http://www.w3.org/2000/svg";
const DAY = 24 * 60 * 60 * 1000;

/** The days before the end in which a certificate is shown as about to expire. */
const SOON = 30;

/** Makes an element with a text. */
export function make(
  tag: string,
  className: string,
  ...parts: (string | Node)[]
): HTMLElement {
  const element = document.createElement(tag);
  element.className = className;
  element.append(...parts);
  return element;
}

/** Formats a date. A certificate may hold one that no calendar has. */
export function formatDate(date: Date): string {
  return Number.isNaN(date.getTime()) ? "no valid date" : date.toISOString().slice(0, 10);
}

/** The validity of a certificate at a time. */
interface Validity {
  /** The class of its color. */
  readonly state: "good" | "soon" | "bad";
  readonly text: string;
  /** The share of the validity that has passed, from 0 to 1. */
  readonly used: number;
}

function describeValidity({ notBefore, notAfter }: CertificateDetails, now: Date): Validity {
  const [start, end, today] = [notBefore, notAfter, now].map((date) => date.getTime()) as [
    number,
    number,
    number,
  ];
  const share = (today - start) / (end - start);
  const used = Number.isNaN(share) ? 0 : Math.min(1, Math.max(0, share));
  const days = Math.floor((end - today) / DAY);
  if (today < start) {
    return { state: "bad", text: `not valid before ${formatDate(notBefore)}`, used };
  }
  if (days < 0) return { state: "bad", text: `expired ${count(-days, "day")} ago`, used };
  if (Number.isNaN(days)) return { state: "bad", text: "has no valid dates", used };
  const text = `valid for ${count(days, "more day")}`;
  return { state: days < SOON ? "soon" : "good", text, used };
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}

function draw(name: string, attributes: Readonly<Record<string, string>>, text = ""): Element {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.textContent = text;
  return element;
}

/** Draws the validity as a bar, with today marked. */
function drawBar({ notBefore, notAfter }: CertificateDetails, { text, used }: Validity): Element {
  const dates = `From ${formatDate(notBefore)} until ${formatDate(notAfter)}`;
  const svg = draw("svg", { role: "img", "aria-label": `${dates}; today it is: ${text}` });
  const at = `${(100 * used).toFixed(1)}%`;
  const bar = { x: "0", y: "20", width: "100%", height: "10", rx: "5" };
  const anchor = used < 0.1 ? "start" : used > 0.9 ? "end" : "middle";
  svg.append(
    draw("rect", { ...bar, class: "whole" }),
    draw("rect", { ...bar, class: "used", width: at }),
    draw("rect", { x: at, y: "16", width: "2", height: "18" }),
    draw("text", { x: at, y: "11", "text-anchor": anchor }, "today"),
  );
  return svg;
}

function drawCertificate(role: string, details: CertificateDetails, now: Date): HTMLElement {
  const validity = describeValidity(details, now);
  const [from, until] = [details.notBefore, details.notAfter].map(formatDate);
  const ends = [["", from], ["state", validity.text], ["", until]];
  return make(
    "li",
    validity.state,
    make("span", "quiet", role),
    make("strong", "foreign", details.subject),
    drawBar(details, validity),
    make("span", "ends", ...ends.map(([name = "", text = ""]) => make("span", name, text))),
  );
}

/** Draws the leaf, its issuers and the root, as far as the file has them. */
export function drawChain({ leaf, chain }: CredentialReport, now: Date): HTMLElement[] {
  const cards = [leaf, ...chain].map((details, i) => {
    const role = details.selfSigned ? "Root" : "Issuer";
    return drawCertificate(i === 0 ? "Client certificate" : role, details, now);
  });
  const { selfSigned, issuer } = chain.at(-1) ?? leaf;
  if (selfSigned) return cards;
  const missing = make("span", "quiet", "Issuer, not in this file");
  return [...cards, make("li", "missing", missing, make("strong", "foreign", issuer))];
}
