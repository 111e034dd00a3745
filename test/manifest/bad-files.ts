// Files that the reader refuses, or of which it passes something over: one case for each kind of mistake.
import type { LayerName } from "../../launcher/manifest/origin.ts";

export interface BadFile {
  /** Also the name of the golden file. */
  readonly name: string;
  readonly layer: LayerName;
  readonly text: string | Uint8Array;
}

const HEAD = "[Application]\nname=org.example.App\ncommand=app\n\n";

function manifest(name: string, rest: string): BadFile {
  return { name, layer: "manifest", text: `${HEAD}${rest}` };
}

function whole(name: string, text: string | Uint8Array): BadFile {
  return { name, layer: "manifest", text };
}

function override(name: string, text: string): BadFile {
  return { name, layer: "user-app", text };
}

const ID_CASES: readonly (readonly [name: string, id: string])[] = [
  ["id-too-long", `org.example.${"a".repeat(250)}`],
  ["id-starts-with-period", ".org.example.App"],
  ["id-ends-with-period", "org.example.App."],
  ["id-dash", "org.ex-ample.App"],
  ["id-bad-start", "1org.example.App"],
  ["id-bad-segment-start", "org.2example.App"],
  ["id-bad-character", "org.exämple.App"],
  ["id-few-periods", "example.App"],
  ["id-with-a-line-end", "\\n"],
  ["id-of-instance", "org.example.App--work"],
  ["id-of-desktop", "org.freedesktop.Notifications"],
  ["id-of-a-service", "org.gnome.Shell.Extensions"],
  ["name-differs", "org.example.Other"],
];

export const BAD_FILES: readonly BadFile[] = [
  whole("not-utf8", Buffer.concat([Buffer.from(`${HEAD}[Environment]\nA=caf`), Buffer.from([0xe9, 0x0a])])),
  whole("nul", `${HEAD}[Environment]\nA=\0\n`),
  whole("no-group-yet", "name=org.example.App\n[Application]\n"),
  whole("byte-order-mark", `\ufeff${HEAD}`),
  manifest("bad-lines", "[Context]\nsockets x11\n=x\n[Environment\n[]\nb[c=d\n"),
  manifest("terminal-escapes", "[Context]\n\u001b[2Jsockets\u202e\n"),
  manifest("bad-escapes", "[Context]\nfilesystems=home;~/a\\:b;\npersistent=x\\\n"),
  manifest("bad-escapes-that-are-kept", "[Environment]\nA=C:\\folder\nB=x\\\n[Session Bus Policy]\norg.example.Bar=talk\\x\n"),
  whole("empty", ""),
  whole("no-application", "[Context]\nsockets=x11\n"),
  whole("runtime-metadata", "# a runtime\n[Runtime]\nname=org.example.Platform\n"),
  whole("no-name", "[Application]\ncommand=app\n"),
  whole("empty-values", "[Application]\nname=org.example.App\ncommand=\nruntime=\n[X-Tsbox]\nruntime=\n"),
  ...ID_CASES.map(([name, id]) => whole(name, `[Application]\nname=${id}\n`)),
  whole("name-without-value", "[Application]\nname=\n"),

  manifest(
    "unknown-groups-and-keys",
    "[Contxt]\nsockets=x11\n[Context]\nfilesystem=home\nfoo=bar\n[USB Devices]\nallowed=all\n[Foreign]\nx=y\n[X-Other]\nx=y\n",
  ),
  manifest("unknown-keys-that-deny", "[Context]\nsocket=!x11;\nfoo=a;!b;\nunset-enviroment=LD_PRELOAD;\n"),
  manifest("own-groups", "[X-Tsbox Acept]\nlower=x\n[X-Tsbox Nothing Like It]\na=b\n[x-tsbox]\nformat=1\n"),
  manifest("own-keys", "[X-Tsbox]\nformats=1\nsomething-else=1\n"),
  manifest("settings", "[X-Tsbox]\nnested=isolated\nlive=17\n"),
  manifest("adopting-elsewhere", "[X-Tsbox Data]\nadopt=/etc/x;~/../x;~/;\n"),
  override("adopting-override", "[X-Tsbox Data]\nadopt=~/x;\n"),
  manifest("binding-manifest", "[X-Tsbox Data]\nbind=~/a:/b\n"),
  manifest("accepting-manifest", "[X-Tsbox Accept]\nlower=backend-bwrap\n"),
  manifest("audio-values", "[X-Tsbox Audio]\nplayback=yes\nmicrophon=true\n"),
  manifest("device-words", "[X-Tsbox Devices]\nallow=camra;usb:1050;serial:sda;fido\nalow=camera\n"),
  manifest("lock-in-a-manifest", "[X-Tsbox]\nlock=true\n"),
  manifest("newer-format", "[X-Tsbox]\nformat=2\n"),
  manifest("bad-format", "[X-Tsbox]\nformat=one\n"),

  manifest("named-words", "[Context]\nsockets=x12;pipewire;x11\nshared=Network;\ndevices=if:gpu:true;\n"),
  manifest("named-words-that-deny", "[Context]\nsockets=!wyland;\nfeatures=!something-quite-else;\n"),
  manifest("named-syntax", "[Context]\nsockets=!if:x11:true;x11:ro;if:x11\n"),
  manifest("conditions", "[Context]\nsockets=x11;if:x11:!has-waylnd;\n"),

  manifest("places-passed-over", "[Context]\nfilesystems=hom;/a/../b;/;XDG-download;xdg-foo;xdg-run;host/x;host:reset;host-reset;home:reset\n"),
  manifest("places-that-deny", "[Context]\nfilesystems=!hom;!/a/..;!/;!xdg-foo/bar;!home:reset;!host-reset:ro;!somewhere\n"),
  manifest("places-reset-with-suffix", "[Context]\nfilesystems=host-reset:ro;nowhere-at-all\n"),
  manifest("modes", "[Context]\nfilesystems=home:rox;~/a:ro:create;!~/b:ro\n"),
  manifest("unprintable-paths", "[Context]\nfilesystems=~/a\u200bb;\npersistent=x\u0001;\n"),

  manifest("bus-names", "[Session Bus Policy]\norg=talk\n:1.2=talk\norg.*=own\n*=talk\norg.exa mple.X=see\n[System Bus Policy]\norg.example.Bar*=talk\n"),
  manifest("bus-levels", "[Session Bus Policy]\norg.example.Bar=tallk\n"),
  override("bus-levels-in-an-override", "[Session Bus Policy]\norg.example.Bar=nne\n"),
  manifest(
    "bus-rules",
    "[X-Tsbox Session Bus Rules]\nnodots=call *\norg.a.B=cal i.j.M;call;call i;call i.j.M@a;call i.j.M arg0~x;!broadcast i.j.M arg0='x\n[X-Tsbox System Bus Rule]\na.b=call *\n",
  ),
  manifest("bus-sets", "[X-Tsbox Session Bus Rules]\nsets=trai;sleep-inhibit;tray:x;media-player:a b;!own-secrets:\n"),
  manifest("variables", "[Context]\nunset-environment=A=B;;\n"),
  manifest("usb-queries", "[USB Devices]\nenumerable-devices=;vnd;foo:1;vnd:1234+vnd:1234;cls:6:*;vnd:12345;vnd:1234+dev:x;dev:1234;all:1;all+vnd:1234;\n"),

  override("runtime-in-override", "[X-Tsbox]\nruntime=host\n"),
  override("malformed-bind", "[X-Tsbox Data]\nbind=a:/b;/a/../b:/c;/a;!x;\n"),
  override("unknown-lower-level", "[X-Tsbox Accept]\nlower=abstract-socket-reachable;\n"),
  override("unknown-key-of-accept", "[X-Tsbox Accept]\nlowered=backend-bwrap;\n"),
  { name: "limit-on-a-rule", layer: "limit", text: "[X-Tsbox System Bus Rules]\norg.a.B=!call i.j.M\n" },
  { name: "limit-that-grants", layer: "limit", text: "[Context]\nsockets=!x11;wayland;\n[Session Bus Policy]\norg.example.Bar=talk\n" },
];

/** Options whose values are refused, or partly passed over. */
export const BAD_OPTIONS: readonly string[] = [
  "--socket=x12",
  "--socket=something",
  "--device=!dri",
  "--share=",
  "--socket-if=x11",
  "--socket-if=fallback-x11:true",
  "--allow-if=foo:true",
  "--filesystem=",
  "--filesystem=/",
  "--filesystem=../x",
  "--filesystem=~/../x",
  "--filesystem=xdg-muzic/x",
  "--filesystem=home:rox",
  "--filesystem=host:reset",
  "--filesystem=host-reset",
  "--filesystem=~/a\tb",
  "--nofilesystem=home:reset",
  "--nofilesystem=host-reset:ro",
  "--nofilesystem=home:ro",
  "--nofilesystem=xdg-foo",
  "--env=A",
  "--env==x",
  "--env=A[=x",
  "--unset-env=A=B",
  "--unset-env=",
  "--own-name=org.*",
  "--talk-name=:1.7",
  "--see-name=x",
  "--system-talk-name=a..b",
  "--bus-rule=org.a.B",
  "--bus-rule=org.a.B=call i.j.M arg0[=x",
  "--no-bus-set=nothing",
  "--add-policy=ab=c",
  "--add-policy=a.b=!c",
  "--remove-policy=a.b",
  "--remove-policy=a.b\n=c",
  "--usb=x",
  "--nousb=dev:1234",
  "--usb-list=vnd:1234;foo",
  "--persist=a\u0007b",
  "--accept-lower=backend-bwarp",
  "--bind=a:/b",
  "--nobind=b",
  "--nested=ful",
  "--live=17",
];
