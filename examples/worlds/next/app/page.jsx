/** A server component that calls one URL with two certificates, several times in one render. */
import { connection } from "next/server";
import { callAsAll } from "../calls.js";

/** Has Next.js keep every answer that its `fetch` gets, as pages of Next.js 14 do. */
export const fetchCache = "force-cache";

export default async function Page() {
  await connection(); // rendered at each request, not at the build
  const __html = JSON.stringify(await callAsAll()).replaceAll("<", "\\u003c");
  return <script type="application/json" dangerouslySetInnerHTML={{ __html }} />;
}
