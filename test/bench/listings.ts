// Commands that only look, over 200 apps and 1,000 overrides, beside Flatpak's; and one that a running broker answers.
import { join } from "node:path";
import type { Comparison } from "./comparisons.ts";
import { FLATPAK_APP, flatpakEnvironment } from "./flatpak.ts";
import type { Line } from "./job.ts";
import type { Installed } from "./ours.ts";
import type { Place } from "./place.ts";
import type { Target } from "./targets.ts";

const APPS = 200;
const OVERRIDES = 1000;
const ONE = "org.tsbox.Listed7";
/** Wall-clock milliseconds that a listing may take, and an answer of the broker. */
const LISTING = 150;
const ANSWER = 15;

const COMMANDS: readonly { readonly name: string; readonly words: readonly string[]; readonly peer: "flatpak-list" | "flatpak-info" }[] = [
  { name: "list", words: ["list"], peer: "flatpak-list" },
  { name: "search", words: ["search", "listed"], peer: "flatpak-list" },
  { name: "who-can", words: ["permissions", "--who-can=filesystem=home"], peer: "flatpak-list" },
  { name: "permissions", words: ["permissions", ONE], peer: "flatpak-info" },
  { name: "info", words: ["info", ONE], peer: "flatpak-info" },
  { name: "override-show", words: ["override", "--show", ONE], peer: "flatpak-info" },
  { name: "export", words: ["export"], peer: "flatpak-list" },
];

/** Written by the user's own shell, in a data folder of their own: 1,200 files change what the other lines measure. */
function writeApps(place: Place): ReadonlyMap<string, string> {
  const data = join(place.home, "listings");
  const script = `umask 077; mkdir -p "$1/tsbox/manifests" "$1/tsbox/overrides" || exit 1
i=1; while [ $i -le ${APPS} ]; do
printf '# Listed app %s\\n[Application]\\nname=org.tsbox.Listed%s\\ncommand=true\\n[Context]\\nshared=ipc;network;\\nsockets=wayland;fallback-x11;pulseaudio;\\ndevices=dri;\\nfilesystems=xdg-documents;~/notes:ro;\\n[Session Bus Policy]\\norg.freedesktop.Notifications=talk\\n' $i $i > "$1/tsbox/manifests/org.tsbox.Listed$i.ini"
i=$((i+1)); done
i=1; while [ $i -le ${OVERRIDES} ]; do printf '[Context]\\nsockets=!x11;\\nfilesystems=!home;~/x;\\n' > "$1/tsbox/overrides/org.tsbox.Listed$i"; i=$((i+1)); done`;
  const ran = place.run(["sh", "-c", script, "sh", data]);
  if (ran.status !== 0) throw new Error(`the apps to list could not be written: ${ran.stderr.trim()}`);
  return new Map([
    ["XDG_DATA_HOME", data],
    ["XDG_CACHE_HOME", `${data}/cache`],
  ]);
}

export function listingLines(place: Place, installed: Installed | undefined, haveFlatpak: boolean): readonly Line[] {
  const lacks = "-";
  const theirs = (name: string, words: readonly string[]): Line => ({
    name,
    arguments: ["flatpak", "--user", ...words],
    environment: flatpakEnvironment(place),
    lacks,
  });
  const peers = haveFlatpak ? [theirs("flatpak-list", ["list"]), theirs("flatpak-info", ["info", FLATPAK_APP])] : [];
  if (installed === undefined) return peers;
  const environment = writeApps(place);
  return [
    ...COMMANDS.map(({ name, words }) => ({ name: `tsbox-${name}`, arguments: [installed.program, ...words], environment, lacks })),
    { name: "tsbox-ps", arguments: [installed.program, "ps"], lacks },
    ...peers,
  ];
}

export const LISTING_COMPARISONS: readonly Comparison[] = [
  ...COMMANDS.map(({ name, peer }): Comparison => ({ case: `listing-${name}`, peer, metric: "exit", ours: `tsbox-${name}`, theirs: peer })),
  { case: "answer-ps", peer: "flatpak-list", metric: "exit", ours: "tsbox-ps", theirs: "flatpak-list" },
];

export const LISTING_TARGETS: readonly Target[] = [
  ...COMMANDS.map(({ name, peer }) => ({
    says: `${APPS} apps, ${OVERRIDES} overrides: ${name} in ${LISTING} ms`,
    case: `listing-${name}`,
    peer,
    factor: 0,
    plus: LISTING,
  })),
  { says: `what the broker answers in ${ANSWER} ms`, case: "answer-ps", peer: "flatpak-list", factor: 0, plus: ANSWER },
];
