// Texts about manifests, overrides and limits as files, about permission options, and about finding a manifest.
import type { MessageTable } from "./message.ts";

const ID_HINT = "an id looks like `org.example.App`: letters, digits, `_`; two periods or more; `-` only after the last";
const LOCATIONS = "valid are `host`, `host-os`, `host-etc`, `host-root`, `home`, `xdg-*[/…]`, `~/dir`, `/dir`";
const USB_HINT = "a query is `all`, or `cls:CC:SS`, `vnd:VVVV`, `dev:PPPP` joined with `+`";

export const MANIFEST_MESSAGES: MessageTable = {
  "file.unreadable": { text: "the file cannot be read: {system}", hint: "change its permissions, or take it away" },
  "file.not-regular": { text: "this is not a regular file", hint: "put a file there, or take it away" },
  "file.too-big": { text: "the file is larger than 1 MiB", hint: "is it really a manifest or an override?" },

  "manifest.not-utf8": { text: "the line is not UTF-8", hint: "save the file as UTF-8" },
  "manifest.byte-order-mark": { text: "the file starts with a byte order mark", hint: "save the file as UTF-8 without one" },
  "manifest.nul": { text: "the line holds a NUL byte", hint: "is this a text file?" },
  "manifest.bad-group-name": { text: "`[{group}]` is no name for a group", hint: "a group's name is not empty and holds no bracket and no control character" },
  "manifest.bad-group-line": { text: "`{line}` starts like a group and does not end like one", hint: "a group stands alone on its line: `[Context]`" },
  "manifest.bad-line": { text: "`{line}` is neither a group, nor `key=value`, nor a comment", hint: "comments start with `#`" },
  "manifest.no-group-yet": {
    text: "`{line}` stands before any group",
    hint: "the first line is a group: `[Application]` in a manifest, `[Context]` in an override",
  },
  "manifest.bad-key-name": { text: "`{key}` is no name for a key", hint: "a key holds no bracket, but for a language at its end: `Name[de]`" },
  "manifest.bad-escape": {
    text: "`{escape}` in the value of `{key}` is no escape",
    hint: "there are `\\s \\n \\t \\r \\\\`, and `\\;` in lists; a backslash itself is `\\\\`",
  },
  "manifest.bad-escape-kept": {
    text: "`{escape}` in the value of `{key}` is no escape, and the value is taken as `{value}`",
    hint: "there are `\\s \\n \\t \\r \\\\`; a backslash itself is `\\\\`",
  },
  "manifest.not-boolean": { text: "`{key}={value}` is neither `true` nor `false`" },
  "manifest.empty-value": { text: "`{key}=` of `[{group}]` is empty", hint: "give it a value, or take the line away" },

  "manifest.no-application": { text: "the file has no group `[Application]`", hint: "a manifest starts with `[Application]` and `name=org.example.App`" },
  "manifest.is-runtime": { text: "this describes a runtime, not an app", hint: "an app's manifest has a group `[Application]`" },
  "manifest.no-name": { text: "`[Application]` has no `name=`", hint: "add `name=org.example.App`: the app's id" },
  "manifest.name-differs": {
    text: "the manifest is of `{id}`, but its file is named for `{expected}`",
    hint: "in a folder of manifests the file of `{id}` is `{id}.ini`",
  },
  "manifest.id-empty": { text: "the id is empty", hint: ID_HINT },
  "manifest.id-too-long": { text: "the id is longer than 255 bytes", hint: ID_HINT },
  "manifest.id-starts-with-period": { text: "the id `{id}` starts with a period", hint: ID_HINT },
  "manifest.id-ends-with-period": { text: "the id `{id}` ends with a period", hint: ID_HINT },
  "manifest.id-dash": { text: "the id `{id}` has a `-` before its last period", hint: ID_HINT },
  "manifest.id-bad-start": { text: "the id `{id}` starts with `{character}`", hint: ID_HINT },
  "manifest.id-bad-segment-start": { text: "a part of the id `{id}` starts with `{character}`", hint: ID_HINT },
  "manifest.id-bad-character": { text: "the id `{id}` contains `{character}`", hint: ID_HINT },
  "manifest.id-few-periods": { text: "the id `{id}` has fewer than two periods", hint: ID_HINT },
  "manifest.id-of-desktop": {
    text: "the id `{id}` lies in `{prefix}`, which belongs to the desktop: {reason}",
    hint: "an app may own the bus names of its id: give it another",
  },

  "manifest.id-of-instance": { text: "the id `{id}` is that of a named instance of another app", hint: "no manifest's id has `--` in it" },

  "manifest.group-unknown": { text: "`[{group}]` is no group of a manifest, and is passed over", hint: "did you mean `[{nearest}]`?" },
  "manifest.key-unknown": { text: "`{key}` is no key of `[{group}]`, and is passed over", hint: "there are {known}" },
  "manifest.key-unknown-nearest": { text: "`{key}` is no key of `[{group}]`, and is passed over", hint: "did you mean `{nearest}`?" },
  "manifest.key-unknown-denied": { text: "`{key}` is no key of `[{group}]`, and what it should take away would stay", hint: "there are {known}" },
  "manifest.key-unknown-denied-nearest": {
    text: "`{key}` is no key of `[{group}]`, and what it should take away would stay",
    hint: "did you mean `{nearest}`?",
  },
  "manifest.own-group": { text: "`[{group}]` is no group of this tsbox", hint: "there are {known}; a newer tsbox may know more" },
  "manifest.own-group-nearest": { text: "`[{group}]` is no group of this tsbox", hint: "did you mean `[{nearest}]`? a newer tsbox may know more" },
  "manifest.own-key": { text: "`{key}` is no key of `[{group}]` in this tsbox", hint: "there are {known}; a newer tsbox may know more" },
  "manifest.own-key-nearest": { text: "`{key}` is no key of `[{group}]` in this tsbox", hint: "did you mean `{nearest}`? a newer tsbox may know more" },
  "manifest.format-bad": { text: "`format={value}` is no format", hint: "this tsbox reads `format={newest}`; without the line that is meant" },
  "manifest.format-newer": { text: "`format={value}` is newer than this tsbox, which reads up to {newest}", hint: "update tsbox" },
  "manifest.lock-place": { text: "`lock=` belongs to the override of one app", hint: "`tsbox override --lock org.example.App` writes it" },
  "manifest.runtime-in-override": { text: "`runtime=` belongs to a manifest", hint: "`tsbox run --runtime=` chooses another for one run" },
  "manifest.accept-in-manifest": {
    text: "a manifest cannot accept `{name}` for its user",
    hint: "take the line away; `tsbox override --accept-lower={name}` is the user's way",
  },
  "manifest.adopt-place": { text: "`adopt=` belongs to a manifest", hint: "`tsbox data adopt` asks about what the manifest names" },
  "manifest.adopt-form": { text: "`adopt={value}` names no place in the home", hint: "a path that begins with `~/`, without `..`" },
  "manifest.bind-in-manifest": {
    text: "a manifest cannot show `{value}`: another name would hide what it asks for",
    hint: "`filesystems=` asks by its own name; `tsbox override --bind=` is the user's way",
  },
  "manifest.bind-form": {
    text: "`{value}` shows no place of the host",
    hint: "two paths that begin with `/` or `~/`, without `..`: `SRC:DEST`, or `SRC:DEST:ro` to read only",
  },
  "manifest.lower-unknown": { text: "`{name}` is no lower level of this tsbox", hint: "there are {known}" },
  "manifest.setting-value": { text: "`{key}={value}` is no setting of a sandbox", hint: "{key} is one of {known}" },
  "manifest.setting-value-nearest": { text: "`{key}={value}` is no setting of a sandbox", hint: "did you mean `{nearest}`? {key} is one of {known}" },
  "manifest.device-unknown": { text: "`{word}` is no use of devices", hint: "there are {known}" },
  "manifest.audio-value": { text: "`{key}={value}` is neither true nor false", hint: "`{key}=true` or `{key}=false`" },
  "manifest.limit-grants": {
    text: "`{text}` does not deny, and a limit only denies",
    hint: "`!word`, `NAME=none` or `unset-environment=`; what no limit names is unlimited",
  },
  "manifest.beyond-limit": { text: "`{option}` asks for more than `{limit}` allows", hint: "the administrator set this limit; leave the option away" },

  "manifest.named-syntax": { text: "`{item}` in `{key}=` is neither `NAME`, `!NAME` nor `if:NAME:CONDITION`" },
  "manifest.named-unknown": { text: "`{word}` is no word of `{key}=`, and is passed over", hint: "there are {known}" },
  "manifest.named-unknown-nearest": { text: "`{word}` is no word of `{key}=`, and is passed over", hint: "did you mean `{nearest}`?" },
  "manifest.named-unknown-denied": { text: "`!{word}` in `{key}=` denies something that is not known here", hint: "there are {known}" },
  "manifest.named-unknown-denied-nearest": { text: "`!{word}` in `{key}=` denies something that is not known here", hint: "did you mean `!{nearest}`?" },
  "manifest.condition-unknown": { text: "the condition `{condition}` is not known here, and never holds", hint: "there are {known}" },

  "manifest.filesystem-character": { text: "the path `{value}` holds the character {character}", hint: "paths may hold printable characters and plain spaces" },
  "manifest.filesystem-unknown": { text: "`{value}` is no place of the host", hint: LOCATIONS },
  "manifest.filesystem-unknown-nearest": { text: "`{value}` is no place of the host", hint: "did you mean `{nearest}`?" },
  "manifest.filesystem-unknown-passed": { text: "`{value}` is no place of the host, and is passed over", hint: LOCATIONS },
  "manifest.filesystem-unknown-nearest-passed": { text: "`{value}` is no place of the host, and is passed over", hint: "did you mean `{nearest}`?" },
  "manifest.filesystem-dots": { text: "the place `{value}` contains `..`", hint: "name the folder itself" },
  "manifest.filesystem-dots-passed": { text: "the place `{value}` contains `..`, and is passed over", hint: "name the folder itself" },
  "manifest.filesystem-root": { text: "`/` cannot be given", hint: "`host` gives nearly the same" },
  "manifest.filesystem-root-passed": { text: "`/` cannot be given, and is passed over", hint: "`host` gives nearly the same" },
  "manifest.filesystem-reset-suffix": { text: "`{value}`: `host-reset` takes no mode" },
  "manifest.filesystem-reset-suffix-passed": { text: "`{value}`: `host-reset` takes no mode; passed over" },
  "manifest.filesystem-reset-granted": {
    text: "`{value}` only makes sense where something is taken away",
    hint: "`!host:reset` in a file, `--nofilesystem=host:reset` as an option",
  },
  "manifest.filesystem-reset-granted-passed": { text: "`{value}` only makes sense where something is taken away, and is passed over", hint: "`!host:reset`" },
  "manifest.filesystem-reset-place": { text: "`{value}`: only `host` can be reset", hint: "`!host:reset` in a file, `--nofilesystem=host:reset` as an option" },
  "manifest.filesystem-suffix": {
    text: "`:{suffix}` is no mode, so `{location}` is given as if it were not there: to read and write",
    hint: "the modes are `:ro`, `:rw`, `:create`; for `home` also `:rw-all`",
  },
  "manifest.filesystem-suffix-denied": { text: "`:{suffix}` says nothing where `{location}` is denied", hint: "leave the mode away" },

  "manifest.bus-name": {
    text: "`{name}` in `[{group}]` is no bus name",
    hint: "a name has two parts or more, such as `org.example.App`; `org.example.*` means all below it too",
  },
  "manifest.bus-level": { text: "`{name}={word}`: `{word}` is no policy", hint: "the policies are {known}" },
  "manifest.bus-level-passed": { text: "`{name}={word}`: `{word}` is no policy, and is passed over", hint: "the policies are {known}" },
  "manifest.bus-rule-verb": { text: "`{word}` is no kind of rule", hint: "did you mean `{nearest}`?" },
  "manifest.bus-rule-method": { text: "`{part}` is no method", hint: "`*`, `INTERFACE.*` or `INTERFACE.MEMBER`" },
  "manifest.bus-rule-path": { text: "`{part}` is no object path", hint: "`/a/b`; `/a/*` means all below it too; `granted` is one that an answer named" },
  "manifest.bus-rule-word": {
    text: "`{part}` is no condition",
    hint: "`argN=TEXT`, `argNprefix=TEXT`, `argNpath=PATH`, `argN[KEY]`, `argN[KEY]=TEXT`, `argNonly=KEY,KEY`, `argNgranted`; beside them `grants=PATH/*` and `forgets`",
  },
  "manifest.bus-rule-quote": { text: "a quote in `{part}` has no end", hint: "TEXT with a blank stands in single quotes" },
  "manifest.bus-rule-limit": {
    text: "a limit takes no single rule on `{name}` away",
    hint: "`[{group} Bus Policy] {name}=none` takes all of it; `sets=!NAME` a named set",
  },
  "manifest.bus-set": { text: "`{name}` is no named set", hint: "there are {known}" },
  "manifest.bus-set-nearest": { text: "`{name}` is no named set", hint: "did you mean `{nearest}`?" },
  "manifest.bus-set-bare": { text: "the set `{name}` takes nothing behind a colon, and has `{parameter}` there", hint: "`{name}`" },
  "manifest.bus-set-parameter": { text: "`{parameter}` does not fit the set `{name}`", hint: "`{name}:…` takes {words}" },
  "manifest.variable-name": { text: "`{name}` is no name of a variable", hint: "a name is not empty and holds no `=`" },

  "manifest.usb-empty": { text: "a USB query is empty", hint: USB_HINT },
  "manifest.usb-form": { text: "the USB query `{query}` has a part without data", hint: USB_HINT },
  "manifest.usb-unknown": { text: "the USB query `{query}` has a part of an unknown kind", hint: USB_HINT },
  "manifest.usb-twice": { text: "the USB query `{query}` has two parts of one kind", hint: USB_HINT },
  "manifest.usb-class": { text: "the USB query `{query}`: a class is `CC:SS` or `CC:*`, hexadecimal", hint: USB_HINT },
  "manifest.usb-vendor": { text: "the USB query `{query}`: a vendor is four hexadecimal digits", hint: USB_HINT },
  "manifest.usb-product": { text: "the USB query `{query}`: a product is four hexadecimal digits", hint: USB_HINT },
  "manifest.usb-no-vendor": { text: "the USB query `{query}` names a product and no vendor", hint: "add `vnd:VVVV+` in front" },
  "manifest.usb-all-data": { text: "the USB query `{query}`: `all` takes no data", hint: USB_HINT },
  "manifest.usb-all-more": { text: "the USB query `{query}`: `all` stands alone", hint: USB_HINT },

  "option.device-unknown": { text: "`{option}={word}`: `{word}` is no use of devices", hint: "there are {known}" },
  "option.unknown-word": { text: "`{option}={word}`: `{word}` is not known here", hint: "there are {known}" },
  "option.unknown-word-nearest": { text: "`{option}={word}`: `{word}` is not known here", hint: "did you mean `{nearest}`? there are {known}" },
  "option.conditional-syntax": { text: "`{option}={value}` has no condition", hint: "`{option}=NAME:CONDITION`, such as `--socket-if=x11:!has-wayland`" },
  "option.conditional-fallback": { text: "`fallback-x11` takes no condition", hint: "it is one itself: X11 where there is no Wayland" },
  "option.env-form": { text: "`--env={value}` sets no variable", hint: "`--env=NAME=VALUE`" },
  "option.variable-equals": { text: "`--unset-env={name}`: the name of a variable holds no `=`", hint: "`--env=NAME=VALUE` sets one" },
  "option.variable-name": { text: "`{name}` is no name of a variable that a file can keep", hint: "letters, digits and `_`" },
  "option.bus-name": {
    text: "`{option}={name}`: `{name}` is no bus name",
    hint: "a name has two parts or more, such as `org.example.App`; `org.example.*` means all below it too",
  },
  "option.bus-rule-form": {
    text: "`{option}={value}` is not of the form `NAME=call RULE`",
    hint: "such as `org.example.Name=call org.example.Interface.Method`",
  },
  "option.policy-form": { text: "`{option}={value}` is not of the form `SUBSYSTEM.KEY=VALUE`" },
  "option.policy-negated": { text: "`{option}`: the value `{value}` starts with `!`", hint: "`--remove-policy=` takes a value away" },
  "option.lower-unknown": { text: "`--accept-lower={name}`: there is no such lower level", hint: "there are {known}" },

  "find.neither": { text: "`{app}` is neither an id, nor a file, nor the name of a program", hint: "`tsbox run org.example.App`, or `tsbox run ./FILE.ini`" },
  "find.unknown-app": { text: "there is no manifest of `{app}`", hint: "it would be `{app}.ini` in one of {folders}" },
  "find.unknown-app-nearest": { text: "there is no manifest of `{app}`", hint: "did you mean `{nearest}`? it would be `{app}.ini` in one of {folders}" },
  "find.slash": { text: "`{file}` is a file here, and no app is called so", hint: "a file is given with a slash: `./{file}`" },
  "find.unknown-program-nearest": {
    text: "no manifest starts a program named `{name}`",
    hint: "did you mean `{nearest}`? `tsbox init {name}` drafts a manifest; they lie in {folders}",
  },
  "find.unknown-program": {
    text: "no manifest starts a program named `{name}`",
    hint: "`tsbox init {name}` drafts one; manifests lie in {folders}; a file is given with a slash, as in `./{name}`",
  },
  "find.two-sources": {
    text: "`{id}` is both the manifest `{file}` and an app that Flatpak installed",
    hint: "say once which one it is: `tsbox run --from=host {id}` or `tsbox run --from=flatpak {id}`; it is remembered",
  },
  "find.data-of-other": {
    text: "the data in `{folder}` belongs to the {other} app of that id, and programs of two sources do not share it",
    hint: "move the folder away, start the other one with `tsbox run --from={other} {id}`, or this one without data of its own: `--ephemeral`",
  },
  "find.data-of-manifest": {
    text: "the data in `{folder}` was written under another manifest of that id, `{other}`",
    hint: "`tsbox install --replace {file}` makes this one the app of that id, with its data; `--ephemeral` starts it without data of its own",
  },
  "flatpak.runtime-absent": {
    text: "the runtime `{runtime}` is not installed",
    hint: "`flatpak install {runtime}`, or `--runtime=host` to run the app on the host's own `/usr`",
  },
  "flatpak.extension-path": { text: "the extension point `{id}` is passed over: `{path}` is no path below it" },
  "find.several": { text: "several manifests start `{name}`: {ids}", hint: "give the id" },
  "find.program-link": {
    text: "`{folder}` is a link: a program that comes with a manifest must lie beside it",
    hint: "put the folder itself there, or take the link away",
  },
  "find.program-file": { text: "`{file}` is a program, not a manifest", hint: "`tsbox init {file}` drafts a manifest of it" },
  "find.no-file": { text: "there is no file `{file}`" },
  "find.id-taken": {
    text: "`{id}` already is the app of `{other}`, and both would share its data",
    hint: "change `name=` here, take `{other}` away, or start this one beside it, with data of its own: `tsbox run --instance=NAME {file}`",
  },
};
