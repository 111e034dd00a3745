// Whether assistive technology runs (org.a11y.Bus): toolkits look before they make themselves readable. The bus itself every app has, filtered.
import type { BusSet } from "./bus-set.ts";

const SERVICE = "org.a11y.Bus";
const PATH = "/org/a11y/bus";
const STATUS = "org.a11y.Status";
const PROPERTIES = "org.freedesktop.DBus.Properties";

export const accessibility: BusSet = {
  name: "accessibility",
  bus: "session",
  words: "Learns whether assistive technology runs; it does not turn it on or off.",
  risk: "low",
  parameter: null,
  services: [SERVICE],
  grant: () => ({
    calls: [
      [SERVICE, `${PROPERTIES}.Get@${PATH} arg0=${STATUS}`],
      [SERVICE, `${PROPERTIES}.GetAll@${PATH} arg0=${STATUS}`],
    ],
    broadcasts: [[SERVICE, `${PROPERTIES}.PropertiesChanged@${PATH} arg0=${STATUS}`]],
  }),
};
