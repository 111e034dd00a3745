// Which build of tsbox-dbus-proxy the tests start, and what it inherits so that it can tell what of its code ran.
import { resolve } from "node:path";

const { TSBOX_DIFFERENTIAL_PROXY, TSBOX_PROXY_ENTRY, NODE_V8_COVERAGE } = process.env;

export const PROXY_ENTRY = TSBOX_DIFFERENTIAL_PROXY ?? TSBOX_PROXY_ENTRY ?? resolve("build/dbus-proxy.cjs");

/** A process that a signal ends tells nothing, so it leaves by itself. Quotes are encoded: the variable has a grammar of its own. */
export const COVERAGE_ENVIRONMENT: Readonly<Record<string, string>> =
  NODE_V8_COVERAGE === undefined ? {} : { NODE_V8_COVERAGE, NODE_OPTIONS: "--import=data:text/javascript,process.once(%22SIGTERM%22,()=>process.exit(143))" };
