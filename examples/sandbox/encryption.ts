/**
 * Encrypted bodies in the form of Mastercard's APIs: `{ "encryptedData": JWE }`, compact, with
 * RSA-OAEP-256 and A256GCM.
 */
import * as crypto from "node:crypto";
import { CompactEncrypt } from "jose";
import { Refusal, type Route } from "./route.ts";

/** Returns a route that decrypts a card, and answers with its last four digits, encrypted. */
export function encryptedRoute(privateKeyPem: string, client: crypto.KeyObject): Route {
  const privateKey = crypto.createPrivateKey(privateKeyPem);
  const spki = crypto.createPublicKey(privateKey).export({ type: "spki", format: "der" });
  const kid = crypto.createHash("sha256").update(spki).digest("hex");
  const header = { alg: "RSA-OAEP-256", enc: "A256GCM", cty: "application/json" };

  return async ({ body }) => {
    const { accountNumber, cardholder } = decrypt(body, privateKey, kid);
    const answer = { cardholder, lastFour: String(accountNumber).slice(-4) };
    const encryptedData = await new CompactEncrypt(Buffer.from(JSON.stringify(answer)))
      .setProtectedHeader(header)
      .encrypt(client);
    return { status: 201, body: { encryptedData } };
  };
}

/**
 * Decrypts a body by RFC 7516, section 5.2. jose rejects the JWE of mastercard-client-encryption
 * 1.10: an IV of 16 bytes instead of 12 (RFC 7518, section 5.3), and `/` instead of `_` in
 * base64url.
 */
function decrypt(body: string, key: crypto.KeyObject, kid: string): Record<string, unknown> {
  try {
    const parts: string[] = JSON.parse(body).encryptedData.split(".");
    const [header, encryptedKey, iv, text, tag] = parts.map((part) =>
      Buffer.from(part, "base64url")
    ) as [Buffer, Buffer, Buffer, Buffer, Buffer];
    const { alg, enc, kid: keyId } = JSON.parse(header.toString());
    if (alg !== "RSA-OAEP-256" || enc !== "A256GCM" || keyId !== kid) {
      throw new TypeError(`The header is ${header}`);
    }
    const secret = crypto.privateDecrypt({ key, oaepHash: "sha256" }, encryptedKey);
    const decipher = crypto.createDecipheriv("aes-256-gcm", secret, iv, { authTagLength: 16 })
      .setAAD(Buffer.from(parts[0]!))
      .setAuthTag(tag);
    return JSON.parse(Buffer.concat([decipher.update(text), decipher.final()]).toString());
  } catch (cause) {
    throw new Refusal(400, "CRYPTOGRAPHY_ERROR", "The body cannot be decrypted", { cause });
  }
}
