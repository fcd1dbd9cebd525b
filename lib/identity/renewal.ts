/**
 * Chooses among certificates of the same key, such as an expired one and the renewed one. Loaded
 * when a key has several certificates.
 *
 * @module
 */
import type { FoundCertificate } from "../keys/contents.ts";
import { readValidity } from "../keys/validity.ts";

/**
 * Sorts certificates: those that are valid now first, then those that are valid for the longest
 * time. A damaged one comes last.
 */
export function sortByValidity(certificates: FoundCertificate[], now: Date): void {
  const ranks = new Map(certificates.map((found) => [found, rank(found, now.getTime())]));
  const rankOf = (found: FoundCertificate) => ranks.get(found) ?? [0, 0];
  certificates.sort((a, b) => {
    const [validA = 0, endA = 0] = rankOf(a);
    const [validB = 0, endB = 0] = rankOf(b);
    return validB - validA || endB - endA;
  });
}

function rank({ certificate: { validity } }: FoundCertificate, now: number): number[] {
  const [start, end] = readValidity(validity);
  return [start <= now && now <= end ? 1 : 0, end];
}
