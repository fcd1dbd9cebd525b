/** Tests the body of a response on Node. */
import { assertEquals } from "@std/assert";
import { Download } from "../../../lib/fetch/runtime/node_download.ts";
import { testExceptOn } from "../../support/context.ts";

const NOT_NODE = "only Node has this adapter";

testExceptOn(
  { deno: NOT_NODE, bun: NOT_NODE, workerd: NOT_NODE },
  "a part without bytes does not end a body",
  async () => {
    const owner = { cancelDownload() {}, finishDownload() {} };
    const download = new Download(owner as ConstructorParameters<typeof Download>[0], (run) => {
      setTimeout(run);
    });
    const stream = new ReadableStream(download);
    for (const part of [[1], [], [2, 3], []]) download.write(Uint8Array.from(part));
    download.end();
    const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
    assertEquals([...bytes], [1, 2, 3]);
  },
);
