// Loaded before each test file by `npm test`: the generators' cases are the same each time, so that a red run is about the change and not about luck.
// `TSBOX_SEED=N` chooses others, `TSBOX_SEED=random` new ones each time, as `npm run test:long` does.
import fc from "fast-check";

const wanted = process.env["TSBOX_SEED"] ?? "20261122";
if (wanted !== "random") fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(wanted) });
