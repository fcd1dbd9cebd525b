/** A route handler that calls one URL with two certificates. */
import { callAsAll } from "../../calls.js";

export const dynamic = "force-dynamic";
export const fetchCache = "force-cache";

export async function GET() {
  return Response.json(await callAsAll());
}
