/** OpenTelemetry's instrumentation of undici: every request with a certificate has a span. */
import { registerInstrumentations } from "@opentelemetry/instrumentation";
import { UndiciInstrumentation } from "@opentelemetry/instrumentation-undici";
import {
  InMemorySpanExporter,
  NodeTracerProvider,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-node";
import { callers, expect, show, URL_OF_WORLD } from "./world.ts";

const exporter = new InMemorySpanExporter();

/** The number of requests that `show` sends for each caller: four calls in two ways. */
const CALLS_OF_EACH = 8;

await show({
  enter() {
    const tracerProvider = new NodeTracerProvider({
      spanProcessors: [new SimpleSpanProcessor(exporter)],
    });
    registerInstrumentations({
      tracerProvider,
      instrumentations: [new UndiciInstrumentation()],
    });
  },
  witness() {
    const urls = exporter.getFinishedSpans().map(({ attributes }) => attributes["url.full"]);
    const spans = urls.filter((url) => url === URL_OF_WORLD).length;
    expect("the number of spans", spans, CALLS_OF_EACH * Object.keys(callers).length);
  },
});
