/**
 * Reads the arguments of a command, as curl and OpenSSL users write them: `--name VALUE`,
 * `--name=VALUE`, `-n VALUE`, `-nVALUE`, `-abc`, and `--` before arguments that begin with `-`.
 *
 * @module
 */
import { findNearest } from "../identity/arguments.ts";

/** Error about the arguments of a command. */
export class UsageError extends Error {}

/** Option of a command. */
interface Option {
  readonly type: "string" | "boolean";
  /** The letter of the short form. */
  readonly short?: string;
  /** True if the option may be repeated. Otherwise the last one counts, as with curl. */
  readonly multiple?: true;
}

/** The options of a command, by name. */
export type Options = Readonly<Record<string, Option>>;

/** The value of an option. */
type Value<O extends Option> = O["type"] extends "boolean" ? boolean
  : O extends { readonly multiple: true } ? readonly string[]
  : string;

/** The values of the options that were given. */
export type Values<O extends Options> = { readonly [Name in keyof O]?: Value<O[Name]> | undefined };

/** Options of other programs. The text says why a command has none, or what to use instead. */
export type Refused = Readonly<Record<string, string>>;

/**
 * Reads the arguments of a command. No message shows the value of an argument: it may be a secret.
 *
 * @param names The names of the positional arguments, for messages. All are required
 * @param refused Options that the command knows and does not have, with the reason
 * @throws {UsageError} if an option is unknown or has no value, or an argument is missing or left
 * over
 */
export function readArguments<const O extends Options>(
  args: readonly string[],
  options: O,
  names: readonly string[] = [],
  refused: Refused = {},
): { values: Values<O>; positionals: string[] } {
  const values = new Map<string, unknown>();
  const positionals: string[] = [];
  const rest = [...args];
  const set = (name: string, shown: string, value: string | undefined) => {
    const option = Object.hasOwn(options, name) ? options[name] : undefined;
    if (option === undefined) throw unknownOption(name, shown, options, refused);
    if (option.type === "boolean") {
      if (value !== undefined) throw new UsageError(`${shown} has no value; write it alone`);
      values.set(name, true);
      return;
    }
    const text = value ?? rest.shift();
    if (text === undefined) throw new UsageError(`${shown} needs a value after it`);
    const earlier = values.get(name) as readonly string[] | undefined ?? [];
    values.set(name, option.multiple ? [...earlier, text] : text);
  };
  for (let argument = rest.shift(); argument !== undefined; argument = rest.shift()) {
    if (argument === "--") positionals.push(...rest.splice(0));
    else if (argument.startsWith("--")) {
      const [, name = "", value] = /^--([^=]*)(?:=([^]*))?$/.exec(argument) ?? [];
      set(name, `--${name}`, value);
    } else if (argument.startsWith("-") && argument !== "-") {
      readLetters(argument.slice(1), options, set);
    } else positionals.push(argument);
  }
  checkCount(positionals, names);
  return { values: Object.fromEntries(values) as Values<O>, positionals };
}

/** Reads short options. The rest of the argument is the value of the first one that needs one. */
function readLetters(
  letters: string,
  options: Options,
  set: (name: string, shown: string, value: string | undefined) => void,
): void {
  for (let at = 0; at < letters.length; at++) {
    const letter = letters[at] ?? "";
    const [name = letter, option] = Object.entries(options)
      .find(([, { short }]) => short === letter) ?? [];
    const value = option?.type === "string" ? letters.slice(at + 1) : "";
    set(name, `-${letter}`, value === "" ? undefined : value);
    if (option?.type === "string") return;
  }
}

function unknownOption(
  name: string,
  shown: string,
  options: Options,
  refused: Refused,
): UsageError {
  const why = Object.hasOwn(refused, name) ? refused[name] : undefined;
  if (why !== undefined) return new UsageError(`There is no option ${shown}: ${why}`);
  // The short form of an option may hold a secret behind its letter.
  const nearest = shown.startsWith("--") ? findNearest(name, Object.keys(options)) : undefined;
  const hint = nearest === undefined ? "" : `; did you mean --${nearest}?`;
  return new UsageError(`Unknown option: ${shown.slice(0, 40)}${hint}`);
}

function checkCount(positionals: readonly string[], names: readonly string[]): void {
  const missing = names[positionals.length];
  if (missing !== undefined) throw new UsageError(`Missing argument: ${missing}`);
  if (positionals.length > names.length) {
    throw new UsageError(`Too many arguments: expected ${names.join(" ") || "none"}`);
  }
}
