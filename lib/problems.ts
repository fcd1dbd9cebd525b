import { McFetchError } from "./errors.ts";

/** Every message about a key file starts alike, so that a person sees at once which file is meant. */
function message(file: string, problem: string): string {
  return `Cannot open ${file}: ${problem}`;
}

/**
 * The bytes are not what they should be.
 *
 * @param file What was being opened, such as "the PKCS#12 file"
 * @param problem What is wrong, the rule and the value, without any secret
 * @param advice What to do about it
 */
export function malformed(
  file: string,
  problem: string,
  advice = "it is damaged or incomplete, so export or download it again",
): McFetchError {
  return new McFetchError(
    "malformed_credentials",
    message(file, `${problem}; ${advice}`),
  );
}

/**
 * The file is sound but uses something that is not implemented here.
 *
 * @param file What was being opened
 * @param what The algorithm, by its usual name or its object identifier
 * @param advice What to do about it
 */
export function unsupported(
  file: string,
  what: string,
  advice = "export it again with AES-256 and SHA-256, which is what current tools write by default",
): McFetchError {
  return new McFetchError(
    "unsupported_algorithm",
    message(file, `${what} is not supported; ${advice}`),
  );
}

/**
 * Opening the file would take more work or memory than its bounds allow.
 *
 * @param file What was being opened
 * @param problem The bound and the value
 * @param option The option that raises the bound
 */
export function tooMuch(
  file: string,
  problem: string,
  option: string,
): McFetchError {
  return new McFetchError(
    "limit_exceeded",
    message(
      file,
      `${problem}; if you trust the file, raise the limit \`${option}\``,
    ),
  );
}

/**
 * The passphrase does not open the file.
 *
 * @param file What was being opened
 * @param given Whether there was a passphrase at all
 * @param hint What else it may be
 */
export function wrongPassword(
  file: string,
  given: boolean,
  hint = "",
): McFetchError {
  const problem = given
    ? "the passphrase does not open it; check the passphrase for typing errors and spaces around it"
    : "it is protected with a passphrase and none was given; pass it as `passphrase`";
  return new McFetchError("wrong_password", message(file, problem + hint));
}
