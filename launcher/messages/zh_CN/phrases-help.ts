// Simplified Chinese: the texts of `--help`, by their English, which stands in the command objects alone.
import type { PhraseTable } from "../message.ts";

export const HELP_PHRASES_ZH: PhraseTable = {
  "Usage:": "用法：",
  "Options:": "选项：",
  "Commands:": "命令：",
  "print this help": "打印此帮助",
  "print the version": "打印版本",
  "runs desktop programs in a sandbox": "在沙盒中运行桌面程序",

  "start an app in its sandbox": "在沙盒中启动应用",
  "APP is an id, `./FILE.ini`, or a program's name where just one manifest is meant.": "APP 是 ID、`./FILE.ini`，或只对应一个清单的程序名称。",
  "Everything after APP goes to the app untouched.": "APP 之后的一切都原样交给应用。",
  "start PROGRAM in the sandbox instead of the manifest's command": "在沙盒中启动 PROGRAM，而不是清单中的命令",
  "working directory inside": "沙盒内的工作目录",
  "print the exact plan (`text`, `json`, or `bwrap` for a script) and do nothing": "打印确切的方案（`text`、`json`，或 `bwrap` 脚本），不做任何事",
  "print where the time went": "打印时间花在哪里",
  "pass the whole environment of the caller on": "传入调用者的全部环境变量",
  "keep the caller's descriptor N open in the app; may be repeated": "在应用中保持调用者的描述符 N 打开；可重复",
  "give no session bus, whatever the manifest asks": "不给会话总线，无论清单要求什么",
  "give no accessibility bus, even where a screen reader runs": "不给无障碍总线，即使有屏幕阅读器在运行",
  "use this runtime: `host` is the host's own /usr, ID/ARCH/BRANCH one that Flatpak installed":
    "使用这个运行环境：`host` 是主机自己的 /usr，ID/ARCH/BRANCH 是 Flatpak 安装的",
  "start with empty data, which goes with the app; what is granted is written as usual": "以空数据启动，应用结束时丢弃；授予的位置照常写入",
  "`host` or `flatpak`: which app is meant where both have the id; remembered": "`host` 或 `flatpak`：两者都有该 ID 时指哪个应用；会记住",
  "files between `@@` (or `@@u`) and `@@` are given to this start where the app does not see them":
    "应用看不到时，`@@`（或 `@@u`）与 `@@` 之间的文件会给予这一次启动",
  "who builds the sandbox: `own`, or `bwrap` for the host's bubblewrap, which can say less":
    "由谁建立沙盒：`own`，或 `bwrap`（主机的 bubblewrap，能表达的较少）",
  "make the plan anew, whatever the broker remembers": "重新制定方案，无论代理进程记住了什么",
  "taken for compatibility: nothing but apps is listed": "仅为兼容而接受：只列出应用",
  "taken for compatibility: nothing is asked": "仅为兼容而接受：不会询问任何事",
  "taken for compatibility: the app always ends with its `tsbox run`": "为兼容而接受：应用总是随其 `tsbox run` 结束",
  "give SHARE with the host": "与主机共享 SHARE",
  "do not give SHARE with the host": "不与主机共享 SHARE",
  "give SHARE with the host where CONDITION holds": "CONDITION 成立时与主机共享 SHARE",
  "give SOCKET to the app": "给应用 SOCKET",
  "do not give SOCKET to the app": "不给应用 SOCKET",
  "give SOCKET to the app where CONDITION holds": "CONDITION 成立时给应用 SOCKET",
  "give DEVICE to the app": "给应用 DEVICE",
  "do not give DEVICE to the app": "不给应用 DEVICE",
  "give DEVICE to the app where CONDITION holds": "CONDITION 成立时给应用 DEVICE",
  "give FEATURE to the app": "给应用 FEATURE",
  "do not give FEATURE to the app": "不给应用 FEATURE",
  "give FEATURE to the app where CONDITION holds": "CONDITION 成立时给应用 FEATURE",
  "give the app the file or folder; MODE is ro, rw or create": "给应用该文件或文件夹；MODE 为 ro、rw 或 create",
  "do not give the app the file or folder": "不给应用该文件或文件夹",
  "keep PATH of the home in the app's own data": "把主目录的 PATH 保存在应用自己的数据里",
  "set a variable inside": "在沙盒内设置变量",
  "take a variable away inside": "在沙盒内去掉变量",
  "let the app own NAME on the session bus; NAME.* means all below it too": "让应用在会话总线上拥有 NAME；NAME.* 也包括其下的全部名称",
  "let the app talk to NAME on the session bus": "让应用在会话总线上与 NAME 通信",
  "let the app see that NAME is there on the session bus": "让应用看到会话总线上有 NAME",
  "hide NAME of the session bus from the app": "对应用隐藏会话总线上的 NAME",
  "let the app own NAME on the system bus": "让应用在系统总线上拥有 NAME",
  "let the app talk to NAME on the system bus": "让应用在系统总线上与 NAME 通信",
  "let the app see that NAME is there on the system bus": "让应用看到系统总线上有 NAME",
  "hide NAME of the system bus from the app": "对应用隐藏系统总线上的 NAME",
  "let the app exchange with NAME on the session bus what RULE says: `call METHOD[@PATH][ CONDITION…]` or `broadcast …`":
    "让应用在会话总线上与 NAME 交换 RULE 所写的消息：`call METHOD[@PATH][ CONDITION…]` 或 `broadcast …`",
  "take such a rule away": "收回这样的规则",
  "the same on the system bus": "同上，用于系统总线",
  "give the app one use of a service by a named set of rules": "以规则集给应用某个服务的一种用途",
  "take a named set away": "收回规则集",
  "show the host's file or folder SRC at DEST inside": "把主机上的文件或文件夹 SRC 显示在沙盒内的 DEST",
  "show nothing of the host at DEST": "在 DEST 不显示主机上的任何内容",
  "take a weaker form of one protection where this host has no full one": "本机没有完整的某项保护时，接受较弱的形式",
  "let an app with sound use it for USE": "让有声音的应用把它用于 USE",
  "do not let an app with sound use it for USE": "不让有声音的应用把它用于 USE",
  "sandboxes that the app makes itself: none, isolate (browsers), full (programs that bring bubblewrap)":
    "应用自己建立的沙盒：none（无）、isolate（浏览器）、full（自带 bubblewrap 的程序）",
  "text between your clipboard and that of an X server of the app's own (x11=nested): none, in (the app pastes yours), both":
    "您的剪贴板与应用单独的 X 服务器（x11=nested）的剪贴板之间的文字：none（不传）、in（应用能粘贴您的）或 both（双向）",
  "whether places may be granted while the app runs: all, or none": "应用运行期间能否授予位置：all（能）或 none（不能）",
  "what X11 an app with X11 has: a server of its own (nested), the host's as a stranger (untrusted), or the host's whole (host)":
    "有 X11 的应用得到哪种 X11：单独的服务器 (nested)、以陌生客户端身份使用主机的 (untrusted)，或主机的全部 (host)",
  "let the app use devices for USE, and no others: `camera`, `usb:1050:0407` …": "让应用只使用用于 USE 的设备：`camera`、`usb:1050:0407` …",
  "do not let the app use devices for USE by that word": "不让应用凭该词使用用于 USE 的设备",
  "add VALUE to a policy that another program reads": "向另一个程序读取的策略中加入 VALUE",
  "take VALUE out of a policy that another program reads": "从另一个程序读取的策略中取出 VALUE",
  "let the USB portal list the devices of QUERY": "让 USB 门户列出符合 QUERY 的设备",
  "hide the devices of QUERY from the USB portal's list": "在 USB 门户的列表中隐藏符合 QUERY 的设备",
  "several queries with `;` between them; `!` in front hides": "多个查询，以 `;` 分隔；前面加 `!` 表示隐藏",

  "change what an app is given, or all apps": "更改某个应用或所有应用得到的权限",
  "Without APP the change is for all apps; of `ID--NAME`, for that instance alone. It counts from the next start of an app on; of buses and sound, at once in what runs.":
    "不带 APP 时更改针对所有应用；写 `ID--NAME` 时只针对该实例。从应用下次启动起生效；总线和声音的部分在运行中立即生效。",
  "change your own overrides (the default)": "更改您自己的覆盖设置（默认）",
  "change the administrator's overrides, for all users": "更改管理员的覆盖设置，针对所有用户",
  "print the override as it is stored": "原样打印保存的覆盖设置",
  "take the whole override away": "移除整个覆盖设置",
  "take the entries that the other options name out of the override": "从覆盖设置中取出其他选项所指的条目",
  "take the last change back; again: the one before": "撤销最近一次更改；再次执行则撤销更早的一次",
  "print what was changed, the last change first": "打印更改记录，最近的在前",
  "copy the overrides of all apps, or of APP, into a folder": "把所有应用或 APP 的覆盖设置复制到文件夹",
  "lay an override, or a folder of them, over yours; Flatpak's own are read too": "把一个或一个文件夹的覆盖设置叠加到您的之上；也可读取 Flatpak 的",
  "write all that APP may do now into the override, which is the whole truth from then on": "把 APP 现在可做的一切写入覆盖设置，从此只以它为准",
  "let the manifest count again": "让清单重新生效",
  "with --show and --history: print JSON": "与 --show 和 --history 一起：打印 JSON",

  "show what an app may do, in plain words, and by which line": "用浅显的语言显示应用可以做什么，以及依据哪一行",
  "Without APP: what is said for all apps. The most dangerous comes first; risks are none, low, medium, high, and escape (runs programs outside the sandbox).":
    "不带 APP：对所有应用的规定。最危险的在前；风险有 none（无）、low（低）、medium（中）、high（高）和 escape（能在沙盒之外运行程序）。",
  "print JSON": "打印 JSON",
  "print the command that would give just these permissions": "打印恰好给予这些权限的命令",
  "list the apps that can do this: `filesystem=home`, `socket=x11`, `talk-name=NAME` …":
    "列出能做此事的应用：`filesystem=home`、`socket=x11`、`talk-name=NAME` …",
  "list the devices that are here, and the apps that may use each": "列出现有的设备，以及可以使用各设备的应用",
  "Word: what a manifest says for it: `devices=` in [Context], or `allow=` in [X-Tsbox Devices]. On a command line: `--device=kvm`, `--allow-device=camera`.":
    "Word：清单中的写法，即 [Context] 的 `devices=` 或 [X-Tsbox Devices] 的 `allow=`。命令行上：`--device=kvm`、`--allow-device=camera`。",
  "Apps with `devices=all` may use every device. A device that is plugged in later is there at the app's next start.":
    "带有 `devices=all` 的应用可以使用所有设备。之后插入的设备在应用下次启动时可用。",
  "put a manifest among your own, after showing what it asks for": "显示清单的要求之后，把它放入您自己的清单中",
  "FILE is a manifest, or a folder with one in it. A folder of the app's id beside it, with the app's program, is copied too.":
    "FILE 是清单，或含有一个清单的文件夹。旁边以应用 ID 命名、装有其程序的文件夹也会复制。",
  "What it asks for in a later version is not given before `tsbox accept APP`.": "以后的版本所要求的，在 `tsbox accept APP` 之前不会给予。",
  "accept what the manifest asks for without being asked": "不经询问即接受清单的要求",
  "put it in the place of another manifest of the same app": "取代同一应用的另一个清单",
  "take one of your own manifests away, with what was exported of it": "移除您自己的一个清单，以及为它导出的内容",
  "Overrides stay: an app that comes back is given no more than before.": "覆盖设置会保留：再次安装的应用不会得到比以前更多的权限。",
  "take the app's data away too": "同时移除应用的数据",
  "give an app what its manifest asks for by now": "给予应用其清单现在所要求的",
  "A manifest that was installed, or that others put on this machine, is given what it asked for at its first start; what it asks for later waits for this command.":
    "安装的清单或别人放在本机的清单，得到它首次启动时要求的权限；以后再要求的要等这条命令。",
  "`tsbox diff` compares two manifests without accepting anything.": "`tsbox diff` 比较两个清单，不接受任何东西。",
  "list the apps that can be started": "列出可以启动的应用",
  "Origin is `user` (your own manifests), `system` (the administrator's), `catalogue` (shipped with tsbox), or `flatpak` (installed by Flatpak).":
    "来源为 `user`（您自己的清单）、`system`（管理员的）、`catalogue`（随 tsbox 提供的）或 `flatpak`（由 Flatpak 安装的）。",
  "which columns, separated by commas: `all`, `help`, or names": "哪些列，以逗号分隔：`all`、`help` 或列名",
  "find apps by words": "按词查找应用",
  "Each word must be in the id, the command or the comment at the head of a manifest; capital letters do not matter.":
    "每个词都必须出现在 ID、命令或清单开头的注释中；不区分大小写。",
  "show what is known of an app": "显示应用的信息",
  "`tsbox permissions APP` says in plain words what the app may do, and by which line.":
    "`tsbox permissions APP` 用浅显的语言说明应用可以做什么，以及依据哪一行。",
  "print the permissions in force, as a keyfile": "以键值文件打印生效的权限",
  "print the manifest as it is stored; with --json as JSON": "原样打印保存的清单；与 --json 一起则打印为 JSON",
  "print how many bytes the app's data takes": "打印应用数据占用的字节数",
  "print where the manifest lies": "打印清单的位置",
  "print the runtime": "打印运行环境",
  "print what the app may do with PATH: `hidden`, `read-only` or `read-write`":
    "打印应用可以对 PATH 做什么：`hidden`（看不见）、`read-only`（只读）或 `read-write`（读写）",
  "draft a manifest from a program, or from another sandbox's configuration": "根据程序或其他沙盒的配置起草清单",
  "WHAT is a program, a desktop entry, a manifest of Flathub's (JSON, YAML), Flatpak's metadata, a profile of Firejail's, Bubblejail's services.toml,":
    "WHAT 是程序、桌面条目、Flathub 的清单（JSON、YAML）、Flatpak 的 metadata、Firejail 的配置文件、Bubblejail 的 services.toml，",
  "or a `docker run` line. The manifest is printed; what it cannot say is told line by line. Read it before you use it.":
    "或一行 `docker run`。清单会打印出来；它无法表达的会逐行说明。使用前请先阅读。",
  "what WHAT is: program, flathub, metadata, firejail, bubblejail, docker; told by its name and contents otherwise":
    "WHAT 是什么：program、flathub、metadata、firejail、bubblejail、docker；否则由其名称和内容判断",
  "the app's id": "应用的 ID",
  "print each line of the source and what became of it, instead of the manifest": "打印来源的每一行及其结果，而不是清单",
  "print manifest and lines as JSON": "以 JSON 打印清单和各行",
  "compare what two manifests ask for": "比较两个清单的要求",
  "OLD and NEW are files or apps. Ends with 0 where both ask for the same, with 1 where they differ.":
    "OLD 和 NEW 是文件或应用。要求相同时以 0 结束，不同时以 1 结束。",
  "check manifests, overrides and limits": "检查清单、覆盖设置和上限",
  "Of a folder: the files in it that are named as manifests, overrides and limits are; others are told.":
    "文件夹：检查其中按清单、覆盖和限制命名的文件；其余的会指出。",
  "Ends with 1 where there is an error. A warning is what Flatpak and tsbox pass over or what has no effect; a notice is a risk, or something not given yet.":
    "有错误时以 1 结束。警告是 Flatpak 和 tsbox 会跳过的或不起作用的内容；注意事项是风险或尚不能给予的内容。",
  "let warnings fail as errors do": "让警告与错误一样算作失败",
  "say whether an app may do a thing, and by which line": "说明应用能否做某事，以及依据哪一行",
  "Answers for a start now, from the functions that decide then. Options may be given several times; the answers come in their order.":
    "回答针对现在的一次启动，出自届时做决定的函数。选项可多次给出；回答按其顺序。",
  "a name on the session bus, or a call: `NAME[/PATH][ INTERFACE.MEMBER]`": "会话总线上的名称或调用：`NAME[/PATH][ INTERFACE.MEMBER]`",
  "a name on the system bus, or a call: `NAME[/PATH][ INTERFACE.MEMBER]`": "系统总线上的名称或调用：`NAME[/PATH][ INTERFACE.MEMBER]`",
  "a name on the accessibility bus, or a call: `NAME[/PATH][ INTERFACE.MEMBER]`": "无障碍总线上的名称或调用：`NAME[/PATH][ INTERFACE.MEMBER]`",
  "a file or folder of the host: whether the app sees it, and may change it": "主机的文件或文件夹：应用能否看到它、更改它",
  "a device, such as `/dev/dri/renderD128`: whether the app may use it": "设备，例如 `/dev/dri/renderD128`：应用能否使用它",
  "`HOST:PORT`, the path of a socket, or an abstract one as `@NAME`": "`HOST:PORT`、套接字的路径，或写作 `@NAME` 的抽象套接字",
  "show what apps used and were refused": "显示应用使用了什么、被拒绝了什么",
  "APP is an id or the number of an instance. What is allowed is there once for each instance, then counted once a minute.":
    "APP 是 ID 或实例的编号。允许的内容每个实例记一次，之后每分钟计数一次。",
  "The log is `$XDG_STATE_HOME/tsbox/events`. `tsbox why APP` sums up what was refused to one app.":
    "日志位于 `$XDG_STATE_HOME/tsbox/events`。`tsbox why APP` 汇总对某个应用的拒绝。",
  "go on with what happens from now on": "继续显示此后发生的内容",
  "only what was refused, and starts that failed": "只显示被拒绝的内容和失败的启动",
  "print JSON, one object a line": "打印 JSON，每行一个对象",
  "say what was refused to an app, and what would allow it": "说明应用被拒绝了什么，以及怎样才能允许",
  "The newest comes last. `tsbox override --talk-name=NAME APP`, `--bus-rule=…` or `--bus-set=…` gives what a line names; `tsbox explain` tells beforehand.":
    "最新的在最后。`tsbox override --talk-name=NAME APP`、`--bus-rule=…` 或 `--bus-set=…` 可给予某行所写的内容；`tsbox explain` 可事先说明。",
  "of all runs in the log, not only of the last": "包括日志中的所有运行，而不只是最近一次",
  "examine this machine: what stands between it and a sandbox, and the fix; or what a running instance waits for":
    "检查本机：是什么妨碍了沙盒，以及解决办法；或检查正在运行的实例在等待什么",
  "Of an instance, or of all instances of an app: what each of its processes is in, how many calls wait for answers on its buses, and which questions of our portals are open.":
    "对某个实例或某个应用的所有实例：各进程处于什么状态，总线上有多少调用在等待应答，以及我们的门户有哪些询问尚未答复。",
  "`good`, `weaker` (it works, with less protection than there could be) or `bad`. The status is 1 where something is bad.":
    "`good`（良好）、`weaker`（可用，但保护不如完整时）或 `bad`（有问题）。有问题时以 1 结束。",
  "Without CHECK everything is examined.": "不带 CHECK 时检查全部。",
  "let the desktop start apps in their sandboxes": "让桌面在沙盒中启动应用",
  "Desktop entries go to ~/.local/share/applications, before the system's. Without APP: lists what is exported.":
    "桌面条目放在 ~/.local/share/applications，先于系统的条目。不带 APP：列出已导出的内容。",
  "export every app that has a manifest and a desktop entry": "导出每个有清单和桌面条目的应用",
  "export for all users": "为所有用户导出",
  "take this desktop entry, in place of those that are found": "使用这个桌面条目，代替找到的条目",
  "also the entries that start the app at login": "同时导出在登录时启动应用的条目",
  "also a script in ~/.local/bin, so that a shell starts the app by its program's name": "同时在 ~/.local/bin 中放一个脚本，使 shell 能按程序名称启动应用",
  "look whether what was exported is still right; 1 if something is not": "查看导出的内容是否仍然正确；不正确时以 1 结束",
  "print JSON (the listing and `--check`)": "打印 JSON（列表和 `--check`）",
  "take exported files away again": "移除导出的文件",
  "A file that was changed since it was exported stays.": "导出之后改动过的文件会保留。",
  "of every app": "针对每个应用",
  "what was exported for all users": "为所有用户导出的内容",
  "show, back up, restore, reset or adopt what an app keeps": "显示、备份、恢复、重置或接收应用保存的内容",
  "`adopt`: a copy of the settings, which the app changes for itself": "`adopt`：设置的副本，应用只为自己更改它",
  "`adopt`: the settings themselves, which the app changes for the program outside too": "`adopt`：设置本身，应用的更改也对外部程序有效",
  "`adopt`: nothing, and not to be asked again": "`adopt`：不要任何设置，也不再询问",
  "`adopt`: take back what was decided; what the app did since is set aside": "`adopt`：撤销决定；应用此后所做的更改会移到一边",
  "`adopt APP` asks what becomes of settings that the program has outside, where its manifest names some: a copy, the settings themselves, or nothing.":
    "`adopt APP` 会询问如何处理程序在沙盒之外的设置（若其清单提到）：复制、直接使用或不要。",
  "`size` lists what all apps take, the largest first. `backup APP FILE` writes an archive without the cache, `restore APP FILE` puts it back.":
    "`size` 列出所有应用的占用，最大的在前。`backup APP FILE` 写入不含缓存的归档，`restore APP FILE` 将其放回。",
  "`reset APP` gives the app a fresh start. `restore` and `reset` set aside what was there; nothing is deleted.":
    "`reset APP` 让应用从头开始。`restore` 和 `reset` 会把原有内容放在一边；不删除任何东西。",
  "which columns of `size`, separated by commas": "`size` 的哪些列，以逗号分隔",
  "print JSON (`size`)": "打印 JSON（`size`）",
  "list running instances": "列出正在运行的实例",
  "the instance of this X11 window, or of the one under the pointer, and its process outside and inside":
    "这个 X11 窗口或指针所指窗口的实例，及其在沙盒外和沙盒内的进程",
  "end a running instance with all its processes": "结束正在运行的实例及其所有进程",
  "An app's id ends all that runs of it; a named instance is ended by `ID--NAME`.": "应用的 ID 会结束它的所有运行；具名实例用 `ID--NAME` 结束。",
  "let what manifests and overrides say of buses by now count for what runs": "让清单和覆盖设置中关于总线的内容对正在运行的实例生效",
  "`override` does so by itself. With sound servers it is the same. Folders, devices, sockets and the network stay as they were at the start.":
    "`override` 会自动这样做。声音服务器也一样。文件夹、设备、套接字和网络保持启动时的状态。",
  "A bus that an app has not had so far it gets when it is started again.": "应用还没有的总线要重新启动后才有。",
  "list what an app was allowed or refused by its portals' questions": "列出在门户的询问中允许或拒绝应用的内容",
  "Without an app: of every app.": "不带应用：针对每个应用。",
  "list what apps ask and nobody has answered, where the session has no dialogs": "列出应用所问而无人回答的问题（会话没有对话框时）",
  "Apps that were started on a terminal ask so; `tsbox answer` answers, on another terminal.":
    "在终端上启动的应用会这样提问；请在另一个终端上用 `tsbox answer` 回答。",
  "answer what an app asks, where the session has no dialogs": "回答应用的问题（会话没有对话框时）",
  "no, or no file": "拒绝，或不选文件",
  "give the folder of the file too, until the app ends": "把文件所在的文件夹也给它，直到应用结束",
  "that folder to write as well as to read": "该文件夹不仅可读，也可写",
  "ANSWER is `yes` or `no`, the files to open or the one to save, or the number of a choice. Without it the question is put here; without ID the first that waits.":
    "ANSWER 是 `yes` 或 `no`、要打开的文件或要保存为的文件，或选项的编号。不写时在此处提问；不写 ID 时回答等待中的第一个。",
  "Refused on a terminal that is the app's too, or another app's that runs: it could paint the question over and read the answer.":
    "在也属于该应用或另一个正在运行的应用的终端上会被拒绝：它可能盖掉问题并读取回答。",
  "allow or refuse an app something that a portal would ask for": "允许或拒绝应用某项门户会询问的内容",
  "Such as `permission-set background background org.example.App yes`: it may start with the session.":
    "例如 `permission-set background background org.example.App yes`：它可以随会话启动。",
  "PERMISSION is `yes`, `no` or what the table takes.": "PERMISSION 为 `yes`、`no` 或该表接受的值。",
  "forget what an app was allowed or refused, so that it is asked for again": "忘掉允许或拒绝应用的内容，以便再次询问",
  "forget all that an app was allowed or refused": "忘掉允许或拒绝应用的全部内容",
  "list files and folders that were given to apps in dialogs": "列出在对话框中交给应用的文件和文件夹",
  "Those that tsbox keeps itself; where the host has a document portal, they are that one's (`flatpak documents`).":
    "指 tsbox 自己保存的；主机有文档门户时，由该门户保存 (`flatpak documents`)。",
  "print a completion script for bash, zsh or fish": "打印 bash、zsh 或 fish 的补全脚本",

  "start the instance NAME, which has data, overrides and bus names of its own": "启动实例 NAME，它有自己的数据、覆盖设置和总线名称",
  "list, copy, rename, remove or export the named instances of apps": "列出、复制、重命名、移除或导出应用的命名实例",
  "print JSON (`list`)": "打印 JSON（`list`）",
  "`tsbox run --instance=NAME APP` starts one, and makes it at its first start. Everywhere else it is named `APP--NAME`: `tsbox override APP--NAME`, `tsbox permissions APP--NAME`.":
    "`tsbox run --instance=NAME APP` 启动一个实例，首次启动时建立它。在其他地方它写作 `APP--NAME`：`tsbox override APP--NAME`、`tsbox permissions APP--NAME`。",
  "`clone APP NAME` copies the data, and of an instance the overrides too; `rename APP--OLD NEW`; `remove APP--NAME` sets its data aside and takes the rest away.":
    "`clone APP NAME` 复制数据，对实例还复制覆盖设置；`rename APP--OLD NEW`；`remove APP--NAME` 把数据放在一边，移除其余部分。",
  "`export APP--NAME` makes a desktop entry of its own.": "`export APP--NAME` 建立单独的桌面条目。",

  "put it among those of all users": "放入所有用户共用的清单中",
  "With --system, as root: below /usr/local/share. What it asks for counts as accepted by each user at his first start; what it asks for later, each accepts alone.":
    "带 --system 并以 root 身份：放在 /usr/local/share 之下。它要求的内容由每个用户以首次启动接受；以后再要求的，由各人分别接受。",
  "one of all users', as `tsbox install --system` put it": "移除所有用户共用的、由 `tsbox install --system` 放入的清单",
  "give a file to an app, as if it had been picked in a dialog": "把文件给应用，如同在对话框中选中了它",
  "the app that gets it; may be repeated": "得到它的应用；可重复",
  "to write as well as to read": "可读也可写",
  "Prints where the app finds it, from its next start on.": "打印应用从下次启动起能找到它的位置。",
  "Kept by tsbox itself; where the host has a document portal, use `flatpak document-export`.":
    "由 tsbox 自己保存；主机有文档门户时，请用 `flatpak document-export`。",
  "take a file back from the apps that it was given to": "从得到文件的应用那里收回文件",
  "from this app alone": "只从这个应用收回",
  "FILE is a document's id, as `documents` lists it": "FILE 是文档的 ID，见 `documents` 的列表",
  "An app that runs keeps it until it ends.": "正在运行的应用会保留它直到结束。",
  "print where a given file lies, and which apps have it": "打印给出的文件在哪里，以及哪些应用拥有它",

  "keep what the app writes aside, and show it at the end: then `ask`, `keep`, `drop`, or leave it `aside` for `tsbox try`":
    "把应用写入的内容放在一边，结束时列出：然后询问（`ask`）、保留（`keep`）、丢弃（`drop`），或留给 `tsbox try`（`aside`）",
  "show, keep or drop what starts with `run --try` left aside": "列出、保留或丢弃 `run --try` 放在一边的更改",
  "`keep`: also over what was changed outside meanwhile": "`keep`：外部在此期间更改过的也覆盖",
  "which columns of `list`, separated by commas": "`list` 显示哪些列，以逗号分隔",
  "print JSON (`list`, `show`)": "打印 JSON（`list`、`show`）",
  "`list` says what is aside. `show NAME` lists what the app added, changed and removed; `keep NAME` brings it to its places, `drop NAME` deletes it.":
    "`list` 列出放在一边的内容。`show NAME` 列出应用新增、更改和删除的内容；`keep NAME` 使其生效，`drop NAME` 将其删除。",
  "Without NAME the one that there is. What was changed outside since the start is a conflict, and stays aside; so does what no app may write.":
    "不写 NAME 时指唯一的那一份。启动之后在外部更改过的内容算作冲突，留在一边；任何应用都不能写入的内容也是如此。",
};
