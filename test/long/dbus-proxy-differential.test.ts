// The comparisons with xdg-dbus-proxy, at length: the same files with more cases each.
process.env["TSBOX_DIFFERENTIAL_SCRIPTS"] ??= "6000";
process.env["TSBOX_DIFFERENTIAL_STREAMS"] ??= "4000";
process.env["TSBOX_DIFFERENTIAL_COMMAND_LINES"] ??= "4000";
process.env["TSBOX_DIFFERENTIAL_CALLS"] ??= "3000";
process.env["TSBOX_DIFFERENTIAL_LIMIT"] ??= "290000";

await import("../differential/dbus-proxy.test.ts");
await import("../differential/dbus-proxy-beginnings.test.ts");
await import("../differential/dbus-proxy-live.test.ts");
