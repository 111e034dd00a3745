// The entry of build/dbus-proxy.cjs: tsbox-dbus-proxy.
import { runCommand } from "./run-command.ts";

runCommand(process.argv.slice(2), "0.1.0");
