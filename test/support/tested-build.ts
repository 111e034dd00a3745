// Which build the tests run: that of this checkout, or one that tells what of its filter ran.
import { resolve } from "node:path";

export const TESTED_BUILD = resolve(process.env["TSBOX_TEST_BUILD"] ?? "build");
