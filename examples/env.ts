/** Reads the environment variables of the examples. */
import process from "node:process";

/** Returns a required environment variable. */
export function env(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`Set the environment variable ${name}`);
  return value;
}
