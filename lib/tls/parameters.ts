/**
 * Numbers of the protocol and their names (IANA, "TLS Parameters").
 *
 * @module
 */

/** The versions, newest first. */
export const VERSIONS: ReadonlyMap<number, string> = new Map([
  [0x0304, "TLS 1.3"],
  [0x0303, "TLS 1.2"],
  [0x0302, "TLS 1.1"],
  [0x0301, "TLS 1.0"],
]);

/** TLS 1.3, as a number. */
export const TLS_1_3 = 0x0304;

/**
 * The cipher suites that are offered. Those of TLS 1.3 are decrypted here, so they are the two that
 * WebCrypto supports. The others are only named.
 */
export const CIPHER_SUITES: ReadonlyMap<number, string> = new Map([
  [0x1301, "TLS_AES_128_GCM_SHA256"],
  [0x1302, "TLS_AES_256_GCM_SHA384"],
  [0xc02b, "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"],
  [0xc02f, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"],
  [0xc02c, "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"],
  [0xc030, "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"],
  [0xcca9, "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"],
  [0xcca8, "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"],
  [0x009e, "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256"],
  [0x009f, "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384"],
  [0xccaa, "TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256"],
  [0xc023, "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256"],
  [0xc027, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256"],
  [0xc024, "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384"],
  [0xc028, "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384"],
  [0xc009, "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA"],
  [0xc013, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA"],
  [0xc00a, "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA"],
  [0xc014, "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA"],
  [0x0067, "TLS_DHE_RSA_WITH_AES_128_CBC_SHA256"],
  [0x006b, "TLS_DHE_RSA_WITH_AES_256_CBC_SHA256"],
  [0x0033, "TLS_DHE_RSA_WITH_AES_128_CBC_SHA"],
  [0x0039, "TLS_DHE_RSA_WITH_AES_256_CBC_SHA"],
  [0x009c, "TLS_RSA_WITH_AES_128_GCM_SHA256"],
  [0x009d, "TLS_RSA_WITH_AES_256_GCM_SHA384"],
  [0x003c, "TLS_RSA_WITH_AES_128_CBC_SHA256"],
  [0x003d, "TLS_RSA_WITH_AES_256_CBC_SHA256"],
  [0x002f, "TLS_RSA_WITH_AES_128_CBC_SHA"],
  [0x0035, "TLS_RSA_WITH_AES_256_CBC_SHA"],
  [0x000a, "TLS_RSA_WITH_3DES_EDE_CBC_SHA"],
]);

/** The signature schemes (RFC 8446, section 4.2.3). */
export const SIGNATURE_SCHEMES: ReadonlyMap<number, string> = new Map([
  [0x0403, "ecdsa_secp256r1_sha256"],
  [0x0503, "ecdsa_secp384r1_sha384"],
  [0x0603, "ecdsa_secp521r1_sha512"],
  [0x0807, "ed25519"],
  [0x0804, "rsa_pss_rsae_sha256"],
  [0x0805, "rsa_pss_rsae_sha384"],
  [0x0806, "rsa_pss_rsae_sha512"],
  [0x0809, "rsa_pss_pss_sha256"],
  [0x080a, "rsa_pss_pss_sha384"],
  [0x080b, "rsa_pss_pss_sha512"],
  [0x0401, "rsa_pkcs1_sha256"],
  [0x0501, "rsa_pkcs1_sha384"],
  [0x0601, "rsa_pkcs1_sha512"],
  [0x0203, "ecdsa_sha1"],
  [0x0201, "rsa_pkcs1_sha1"],
  [0x0808, "ed448"],
]);

/** The names of all schemes, also of those that are not offered (RFC 5246, section 7.4.1.4.1). */
export const SIGNATURE_NAMES: ReadonlyMap<number, string> = new Map([
  ...SIGNATURE_SCHEMES,
  [0x0303, "ecdsa_sha224"],
  [0x0301, "rsa_pkcs1_sha224"],
  [0x0202, "dsa_sha1"],
  [0x0302, "dsa_sha224"],
  [0x0402, "dsa_sha256"],
  [0x0502, "dsa_sha384"],
  [0x0602, "dsa_sha512"],
]);

/** The groups that keys are made for. */
export const GROUPS: ReadonlyMap<number, { readonly curve: string; readonly bits: number }> =
  new Map([
    [0x0017, { curve: "P-256", bits: 256 }],
    [0x0018, { curve: "P-384", bits: 384 }],
    [0x001d, { curve: "X25519", bits: 256 }],
  ]);

/** The alerts (RFC 8446, section 6; RFC 7301, section 3.2). */
export const ALERTS: ReadonlyMap<number, string> = new Map([
  [0, "close_notify"],
  [10, "unexpected_message"],
  [20, "bad_record_mac"],
  [22, "record_overflow"],
  [40, "handshake_failure"],
  [42, "bad_certificate"],
  [43, "unsupported_certificate"],
  [44, "certificate_revoked"],
  [45, "certificate_expired"],
  [46, "certificate_unknown"],
  [47, "illegal_parameter"],
  [48, "unknown_ca"],
  [49, "access_denied"],
  [50, "decode_error"],
  [51, "decrypt_error"],
  [70, "protocol_version"],
  [71, "insufficient_security"],
  [80, "internal_error"],
  [86, "inappropriate_fallback"],
  [90, "user_canceled"],
  [100, "no_renegotiation"],
  [109, "missing_extension"],
  [110, "unsupported_extension"],
  [112, "unrecognized_name"],
  [113, "bad_certificate_status_response"],
  [115, "unknown_psk_identity"],
  [116, "certificate_required"],
  [120, "no_application_protocol"],
]);

/** Returns a number's name, or the number in hexadecimal digits. */
export function nameOf(names: ReadonlyMap<number, string>, number: number): string {
  return names.get(number) ?? `0x${number.toString(16).padStart(4, "0")}`;
}
