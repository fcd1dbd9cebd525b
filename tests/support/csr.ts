/** Certificate requests that the tests share. */
import { createCsr } from "../../lib/certificates/csr.ts";
import type { CsrKeyType, CsrSubject } from "../../lib/certificates/csr_writer.ts";

/** A subject with characters outside of ASCII. */
export const SUBJECT: CsrSubject = {
  commonName: "1728489217-Client-MTF-000000",
  organization: "Exämple & Söhne €",
  organizationalUnit: "Payments 支付 😀",
  country: "be",
};

/** Every key type. */
export const CSR_KEY_TYPES: readonly CsrKeyType[] = [
  "RSA 2048",
  "RSA 3072",
  "RSA 4096",
  "EC P-256",
  "EC P-384",
];

const requests = new Map<CsrKeyType, ReturnType<typeof createCsr>>();

/** Makes one request for each key type. The tests share it, because an RSA key takes a second. */
export function requestOf(keyType: CsrKeyType): ReturnType<typeof createCsr> {
  const request = requests.get(keyType) ?? createCsr(SUBJECT, { keyType });
  requests.set(keyType, request);
  return request;
}
