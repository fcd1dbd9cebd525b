/**
 * Tests that the sandbox checks the examples' calls: it answers a right call, and rejects the call
 * with one mistake. Runs on Node, with the environment variables of the sandbox.
 */
import { deepEqual, equal } from "node:assert/strict";
import { createHash, createHmac, randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import test from "node:test";
import { createMcFetch, readPkcs12 } from "@acme/mc-mtls";
import { exportJWK, generateKeyPair, importPKCS8, type JWTPayload, SignJWT } from "jose";
import mastercard from "mastercard-client-encryption";
import OAuth from "mastercard-oauth1-signer";
import { env } from "../env.ts";
import { makeBaseString } from "./oauth1.ts";

const BASE_URL = env("BASE_URL");
const passphrase = env("P12_PASSPHRASE");
const P12_FILE = env("P12_FILE");
const mcFetch = createMcFetch({ pfx: await readFile(P12_FILE), passphrase });
const signingKey = await readKey(env("SIGNING_P12_FILE"));
const otherKey = await readKey(P12_FILE);

async function readKey(file: string): Promise<string> {
  const { identities: [identity] } = await readPkcs12(await readFile(file), { passphrase });
  if (identity === undefined) throw new Error(`There is no key in ${file}`);
  return identity.key;
}

test("a client that takes its certificate along a redirect", async () => {
  const connections = async () => await (await mcFetch(`${BASE_URL}/elsewhere/connections`)).text();
  equal(await connections(), "0");
  const { default: https } = await import("node:https");
  const file = { pfx: await readFile(P12_FILE), passphrase };
  await new Promise((resolve, reject) => {
    const options = { ...file, agent: false, rejectUnauthorized: false } as const;
    https.get(`${env("OTHER_URL")}/petstore/pets`, options, resolve).on("error", reject).end();
  });
  equal(await connections(), "1");
});

/** Returns the status of the response, and the description of its error. */
async function send(url: string, init: RequestInit, fetch = mcFetch): Promise<string> {
  const response = await fetch(url, init);
  const { Errors } = await response.json();
  return `${response.status} ${Errors?.Error[0].Description ?? ""}`.trim();
}

test("a signature", async () => {
  const url = `${BASE_URL}/signed/pets?name=a%20b&name2=c&name`;
  const pet = '{"name":"Zoë"}';
  const sign = (key = signingKey) =>
    OAuth.getAuthorizationHeader(url, "POST", pet, env("CONSUMER_KEY"), key);
  const call = (authorization: string, { to = url, method = "POST", body = pet } = {}) =>
    send(to, { method, headers: { authorization }, body });

  const used = sign();
  const stale = sign().replace(/(oauth_timestamp=)"\d+"/, '$1"1700000000"');
  deepEqual({
    right: await call(used),
    again: await call(used),
    none: await call(""),
    consumer: await call(sign().replace(env("CONSUMER_KEY"), "another")),
    algorithm: await call(sign().replace("RSA-SHA256", "HMAC-SHA1")),
    stale: await call(stale),
    body: await call(sign(), { body: '{"name":"Zoe"}' }),
    query: await call(sign(), { to: url.replace("a%20b", "a") }),
    method: await call(sign(), { method: "PUT" }),
    key: await call(sign(otherKey)),
  }, {
    right: "201",
    again: "401 The nonce was used before",
    none: "401 There is no OAuth 1.0a signature",
    consumer: "401 The consumer is not known",
    algorithm: "401 The signature method is not RSA-SHA256",
    stale: "401 The timestamp is too old or in the future",
    body: "401 The body is not the one that was signed",
    query: "401 The signature does not match",
    method: "401 The signature does not match",
    key: "401 The signature does not match",
  });
});

test("the base string of the example in RFC 5849, section 1.2", () => {
  const url = "http://photos.example.net/photos?file=vacation.jpg&size=original";
  const text = makeBaseString({ method: "GET", url }, {
    oauth_consumer_key: "dpf43f3p2l4k3l03",
    oauth_token: "nnch734d00sl2jdk",
    oauth_signature_method: "HMAC-SHA1",
    oauth_timestamp: "137131202",
    oauth_nonce: "chapoH",
  });
  const hmac = createHmac("sha1", "kd94hf93k423kf44&pfkkdhi9sl3r4s00").update(text);
  equal(hmac.digest("base64"), "MdpQcU8iPSUjWoN/UDMsK2sui9I=");
});

test("an encrypted body", async () => {
  const url = `${BASE_URL}/encrypted/cards`;
  const encrypt = (encryptionCertificate: string): unknown => {
    const jwe = new mastercard.JweEncryption({
      mode: "JWE",
      encryptedValueFieldName: "encryptedData",
      encryptionCertificate,
      paths: [{ path: "/cards", toEncrypt: [{ element: "$", obj: "$" }], toDecrypt: [] }],
    });
    return jwe.encrypt(url, {}, { accountNumber: "5555341244441115" }).body;
  };
  const post = (body: unknown) => send(url, { method: "POST", body: JSON.stringify(body) });

  const right = JSON.stringify(encrypt(env("ENCRYPTION_CERTIFICATE_FILE")));
  equal(await post(JSON.parse(right)), "201");
  const refused = "400 The body cannot be decrypted";
  for (const part of [0, 1, 2, 3, 4]) {
    const parts = JSON.parse(right).encryptedData.split(".");
    parts[part] = (parts[part].startsWith("A") ? "B" : "A") + parts[part].slice(1);
    equal(await post({ encryptedData: parts.join(".") }), refused, `part ${part}`);
  }
  equal(await post(encrypt(P12_FILE.replace(".p12", ".pem"))), refused);
  equal(await post({ accountNumber: "5555341244441115" }), refused);
});

test("a token", async () => {
  const endpoint = `${BASE_URL}/oauth/token`;
  const pets = `${BASE_URL}/token-bound/pets`;
  const now = Math.floor(Date.now() / 1000);
  const keys = await generateKeyPair("ES256");

  const prove = async (claims: JWTPayload, { publicKey, privateKey } = keys) => {
    const header = { alg: "ES256", typ: "dpop+jwt", jwk: await exportJWK(publicKey) };
    const proof = new SignJWT({ jti: randomUUID(), iat: now, ...claims });
    return await proof.setProtectedHeader(header).sign(privateKey);
  };
  const request = async (claims: JWTPayload, key = signingKey): Promise<RequestInit> => {
    const id = env("CLIENT_ID");
    const assertion = new SignJWT({ iss: id, sub: id, aud: BASE_URL, exp: now + 60, ...claims })
      .setProtectedHeader({ alg: "PS256" });
    const body = new URLSearchParams({
      grant_type: "client_credentials",
      client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
      client_assertion: await assertion.sign(await importPKCS8(key, "PS256")),
    });
    const dpop = await prove({ htm: "POST", htu: endpoint });
    return { method: "POST", headers: { dpop }, body };
  };
  const refused = "401 The client assertion is not valid";
  equal(await send(endpoint, await request({ aud: "https://example.com" })), refused);
  equal(await send(endpoint, await request({ exp: now - 1 })), refused);
  equal(await send(endpoint, await request({}, otherKey)), refused);

  const response = await mcFetch(endpoint, await request({}));
  const { access_token: token } = await response.json();
  const right = {
    htm: "GET",
    htu: pets,
    ath: createHash("sha256").update(token).digest("base64url"),
  };
  const call = async (claims: JWTPayload, pair = keys, authorization = `DPoP ${token}`) =>
    await send(pets, { headers: { authorization, dpop: await prove(claims, pair) } });
  deepEqual({
    right: await call(right),
    url: await call({ ...right, htu: endpoint }),
    method: await call({ ...right, htm: "POST" }),
    ath: await call({ ...right, ath: "another" }),
    stale: await call({ ...right, iat: now - 600 }),
    key: await call(right, await generateKeyPair("ES256")),
    token: await call(right, keys, "DPoP another"),
  }, {
    right: "200",
    url: "401 The DPoP proof is for another request",
    method: "401 The DPoP proof is for another request",
    ath: "401 The DPoP proof is for another token",
    stale: "401 The DPoP proof is not valid",
    key: "401 The token is bound to another key",
    token: "401 The token is bound to another key",
  });
});

test("a certificate that the sandbox does not know", async () => {
  const pfx = await readFile(P12_FILE.replace("client.p12", "foreign.p12"));
  await using foreign = createMcFetch({ pfx, passphrase });
  for (const path of ["petstore/pets", "signed/pets", "encrypted/cards", "oauth/token"]) {
    const found = await send(`${BASE_URL}/${path}`, { method: "POST", body: "{}" }, foreign);
    equal(found.split(" (")[0], "422 The client certificate was not issued by a known CA");
  }
});
