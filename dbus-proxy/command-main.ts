// The entry of build/dbus-proxy.cjs.
import { runCommand } from "./command.ts";

runCommand(process.argv.slice(2), "0.1.0");
