/**
 * The value of `--cert`, in curl's form: `FILE` or `FILE:PASSPHRASE`.
 *
 * @module
 */
import { stat } from "node:fs/promises";

/**
 * Splits the value at its first colon, as curl does. `\:` and `\\` are characters of the file's
 * name. A file whose name is the whole value is used as it is, as is the drive in `C:\client.p12`.
 */
export async function splitCert(
  value: string,
): Promise<{ readonly file: string; readonly pass?: string }> {
  if (!value.includes(":") || await stat(value).catch(() => undefined)) return { file: value };
  const [, drive = "", name = "", pass] =
    /^([A-Za-z]:(?=[\\/]))?((?:\\[\\:]|[^:])*)(?::([^]*))?$/.exec(value) ?? [];
  // A backslash before any other character is the separator of Windows.
  const file = drive + name.replaceAll(/\\([\\:])/g, drive === "" ? "$1" : "$&");
  return pass === undefined ? { file } : { file, pass };
}
