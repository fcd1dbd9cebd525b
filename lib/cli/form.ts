/**
 * curl's `-F`: the fields of a `multipart/form-data` body.
 *
 * @module
 */
import { basename } from "node:path";
import { UsageError } from "./arguments.ts";
import { readInput, readInputText } from "./files.ts";

/**
 * Reads `NAME=TEXT`, `NAME=@FILE` (a file) and `NAME=<FILE` (the text in a file). `;type=TYPE` and
 * `;filename=NAME` may follow.
 *
 * @param fields The fields
 * @param texts Fields whose text is used as it is
 */
export async function readForm(
  fields: readonly string[],
  texts: readonly string[],
): Promise<FormData> {
  const form = new FormData();
  for (const field of fields) {
    const [name, value] = split(field);
    const { text, type, filename } = readParameters(value);
    if (text.startsWith("@")) {
      const path = text.slice(1);
      const file = new Blob([await readInput(path)], { type: type ?? "application/octet-stream" });
      form.append(name, file, filename ?? basename(path));
      continue;
    }
    const content = text.startsWith("<") ? await readInputText(text.slice(1)) : text;
    if (type === undefined && filename === undefined) form.append(name, content);
    else form.append(name, new Blob([content], { type: type ?? "text/plain" }), filename ?? name);
  }
  for (const field of texts) form.append(...split(field));
  return form;
}

function split(field: string): [string, string] {
  const [, name = "", value = ""] = /^([^=]+)=([^]*)$/.exec(field) ?? [];
  if (name !== "") return [name, value];
  throw new UsageError("--form must have the form NAME=TEXT, NAME=@FILE or NAME=<FILE");
}

/** The parameters that may follow a value. */
const PARAMETER = /;\s*(type|filename)=("[^"]*"|[^;]*)\s*$/;

function readParameters(value: string): { text: string; type?: string; filename?: string } {
  const found: Record<string, string> = {};
  let text = value;
  for (let match = PARAMETER.exec(text); match !== null; match = PARAMETER.exec(text)) {
    found[match[1] ?? ""] = (match[2] ?? "").replaceAll(/^"|"$/g, "");
    text = text.slice(0, match.index);
  }
  return { text, ...found };
}
