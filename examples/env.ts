import process from "node:process";

/** An environment variable that the example cannot do without. */
export function env(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`Set the environment variable ${name}`);
  return value;
}
