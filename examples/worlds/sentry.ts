/** Sentry's SDK for Node, with its tracing of `fetch`. The SDK drops its events. */
import * as Sentry from "@sentry/node";
import { expect, show } from "./world.ts";

await show({
  enter() {
    Sentry.init({
      dsn: "http://key@127.0.0.1:9/1",
      tracesSampleRate: 1,
      sendClientReports: false,
      beforeSend: () => null,
      beforeSendTransaction: () => null,
    });
  },
  witness() {
    expect("the client is active", Sentry.getClient()?.getOptions().tracesSampleRate, 1);
  },
});
