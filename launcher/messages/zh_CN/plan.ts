// Simplified Chinese: launcher/messages/plan.ts
import type { MessageTable } from "../message.ts";

export const PLAN_MESSAGES_ZH: MessageTable = {
  "host.unknown-machine": { text: "无法在 `{machine}` 机器上过滤系统调用", hint: "tsbox 可在 x86-64 和 64 位 ARM 上运行" },
  "host.no-home": { text: "不能把 `{home}` 用作主目录", hint: "请把 HOME 设为 `/` 之下的绝对路径" },
  "host.preparation-failed": { text: "无法建立 `{path}`（{reason}）：{error}", hint: "请手动建立它，或使其上级目录可写" },
  "plan.no-command": { text: "`{id}` 的清单没有指明命令", hint: "请在其 [Application] 组中加上 `command=PROGRAM`，或使用 --command=PROGRAM" },
  "plan.snap-program": { text: "`{path}` 属于 snap，会在我们的沙盒之外启动", hint: "请安装发行版提供的程序，或指定另一个：--command=PROGRAM" },
  "plan.set-uid-program": { text: "`{path}` 是 set-uid 程序：在沙盒内任何人都得不到其他权力", hint: "请指定另一个程序：--command=PROGRAM" },
  "plan.no-runtime": {
    text: "运行环境 `{runtime}` 不存在",
    hint: "用 --runtime=host 可以用本机自己的程序运行它，或在 [X-Tsbox] 组中写 runtime=host",
  },
  "plan.no-data-folder": { text: "应用自己的文件夹 `{path}` 不存在，也无法建立", hint: "主目录是只读的吗？应用需要存放数据的地方" },
  "plan.foreign-data-folder": { text: "应用自己的文件夹 `{path}` 属于其他用户", hint: "请用 chown 更改所有者，或把它移走" },
  "plan.data-folder-unusable": { text: "`{path}` 不是单独的文件夹：以前的某次运行在那里留下了链接或文件", hint: "请查看它，并把它移走" },
  "plan.not-given": { text: "本版 tsbox 还不能给予 `{permission}`：{words}" },
  "plan.bind-absent": { text: "无法绑定 `{path}`：主机的那个位置上什么也没有" },
  "plan.bind-reserved": { text: "不能在 `{path}` 处绑定：`{reserved}` 属于沙盒自己", hint: "请选择沙盒内的其他位置，例如 `/mnt` 之下" },
  "plan.pipewire-not-given": {
    text: "没有给予 `{path}`：拥有 PipeWire 自己的套接字，就能让它在沙盒之外加载代码",
    hint: "声音只需要 `sockets=pulseaudio`；--accept-lower={level} 会原样给予该套接字",
  },
  "plan.reserved": { text: "没有给予 `{path}`：`{reserved}` 属于沙盒自己，或会通往沙盒之外" },
  "plan.protected": { text: "没有给予 `{path}`：{reason}" },
  "plan.protected-read-only": { text: "`{path}` 以只读方式给予：{reason}" },
  "plan.planted-link": { text: "不跟随 `{link}`：应用可以写入那里，指向 `{target}` 的链接可能是它自己做的", hint: "请用 `{target}` 自己的名称授予" },
  "plan.login-link": {
    text: "没有给予 `{path}`：链接 `{link}` 指向 `{target}`，它可能在沙盒之外启动程序（{reason}），而这个链接可能是另一个应用做的",
    hint: "请用 `{target}` 自己的名称授予",
  },
  "plan.denied-link": { text: "没有给予 `{path}`：它通向 `{target}`，而 `{denial}` 拒绝了那里的内容" },
  "plan.closed-folder": {
    text: "`{path}` 保持原样：它对所有者关闭，而应用可能会重新打开它（{reason}）",
    hint: "如果本不该关闭，请对它执行 chmod u+rwx",
  },
  "plan.not-mountable": { text: "没有给予 `{path}`：它是设备，属于 `devices=`" },
  "plan.no-such-place": {
    text: "没有给予 `{location}`：此用户没有这样的文件夹",
    hint: "~/.config/user-dirs.dirs 中的 `{variable}` 指明它；`xdg-user-dirs-update` 会建立通常的那些",
  },
  "plan.protected-missing": {
    text: "无法启动：缺少 `{path}`，应用可能会抢先写入（{reason}）",
    hint: "请手动建立它，或去掉其上层的可写授予",
  },
  "plan.root-writable-host": {
    text: "root 的 `{location}` 不能可写：那样沙盒内就是主机本身",
    hint: "请以普通用户身份运行，或授予 `{location}:ro`",
  },
  "plan.persistent-outside": { text: "`persistent={path}` 超出了主目录", hint: "请写主目录下的文件夹，不要用 `..`" },
  "plan.persistent-unusable": { text: "`{path}` 不是单独的文件夹：以前的某次运行在那里留下了链接或文件", hint: "请查看它，并把它移走" },
  "plan.wayland-absent": {
    text: "已授予 Wayland，但 `{path}` 处没有套接字",
    hint: "请从 Wayland 桌面启动，或设置 WAYLAND_DISPLAY，或使用 --nosocket=wayland",
  },
  "plan.wayland-silent": { text: "已授予 Wayland，但 `{path}` 处的合成器没有响应", hint: "它卡住了吗？请再试一次，或使用 --nosocket=wayland" },
  "plan.device-use-absent": { text: "允许使用 `{word}`，但现在没有这样的设备", hint: "`tsbox devices` 列出现有的设备；请在启动前插好" },
  "plan.device-here-absent": { text: "已授予 `devices={device}`，但本机没有 `{path}`" },
  "plan.helper-unnamed": { text: "已授予 {what}，但 `{variable}` 没有指出套接字", hint: "应用在没有它的情况下运行" },
  "plan.helper-behind-a-link": {
    text: "已授予 {what}，但通往它的 `{link}` 是应用可能自己做的链接，指向 `{target}`",
    hint: "请在指向它的变量中写出套接字本身，不经过链接",
  },
  "plan.helper-absent": { text: "已授予 {what}，但 `{paths}` 处没有套接字", hint: "应用在没有它的情况下运行" },
  "plan.x11-no-own-server": {
    text: "X11 应为应用单独的服务器，但没有适合此桌面的：`{programs}`",
    hint: "请安装 Xephyr（X 桌面）或 Xwayland（Wayland 桌面）；绝不会改用主机自己的服务器",
  },
  "plan.clipboard-not-carried": { text: "剪贴板只在 X 服务器之间传递，而这个桌面没有：应用的剪贴板只属于它自己" },
  "plan.clipboard-idle": {
    text: "`clipboard={word}` 在这里不起作用：用 `x11={mode}` 时，应用共用 X 服务器的剪贴板",
    hint: "`x11=nested` 给应用单独的服务器和单独的剪贴板",
  },
  "plan.x11-remote-untrusted": { text: "`x11={word}` 需要本机的 X 服务器，而 `{display}` 是别的机器的" },
  "plan.sound-absent": {
    text: "已授予声音，但 `{path}` 处没有声音服务器",
    hint: "应用在没有声音的情况下运行；请启动 PulseAudio 或 pipewire-pulse，或使用 --nosocket=pulseaudio",
  },
  "plan.sound-not-local": { text: "已授予声音，但 `{address}` 不是本机的声音服务器", hint: "应用在没有声音的情况下运行" },
  "plan.x11-no-display": { text: "已授予 X11，但没有设置 DISPLAY", hint: "请从桌面启动，或设置 DISPLAY，或使用 --nosocket=x11" },
  "plan.x11-not-local": {
    text: "已授予 X11，但 `DISPLAY={display}` 不是本机的显示，使用别的机器的显示需要网络",
    hint: "请把 DISPLAY 设为本机的，例如 `:0`，或使用 --share=network，或 --nosocket=x11",
  },
  "plan.x11-absent": {
    text: "已授予 X11，但 `{path}` 处没有服务器（`DISPLAY={display}`）",
    hint: "请从桌面启动，或改正 DISPLAY，或使用 --nosocket=x11",
  },
  "plan.dri-absent": { text: "本机没有可给予的图形设备；应用在没有它的情况下绘图" },
  "plan.device-absent": { text: "已授予设备 `{device}`，但没有 `{path}`", hint: "用 --nodevice={device} 可在没有它的情况下启动" },
  "plan.session-bus-unusable": {
    text: "无法使用 `{address}` 处的会话总线：只能传递 unix 套接字",
    hint: "请改正 DBUS_SESSION_BUS_ADDRESS，或使用 --no-session-bus",
  },
  "plan.session-bus-dead": {
    text: "DBUS_SESSION_BUS_ADDRESS 指向 `{path}`，那里没有套接字",
    hint: "请启动会话总线，或取消该变量，或使用 --no-session-bus",
  },
  "plan.session-bus-absent": {
    text: "已授予会话总线，但 `{path}` 处没有",
    hint: "请从桌面或在 dbus-run-session 下启动，或使用 --nosocket=session-bus",
  },
  "plan.bus-rule-hidden": { text: "`{rule}` 没有给予任何东西，`{name}` 仍然隐藏：{because}" },
  "plan.session-bus-absent-names": { text: "没有会话总线：`{name}` 和总线上的其他名称都无法到达" },
  "plan.system-bus-unusable": {
    text: "无法使用 `{address}` 处的系统总线：只能传递 unix 套接字",
    hint: "请改正 DBUS_SYSTEM_BUS_ADDRESS，或取消该变量",
  },
  "plan.system-bus-dead": { text: "DBUS_SYSTEM_BUS_ADDRESS 指向 `{path}`，那里没有套接字", hint: "请改正该变量，或取消它" },
  "plan.system-bus-absent": { text: "`{path}` 处没有系统总线：应用在没有它的情况下运行" },
  "plan.backend-bwrap": {
    text: "由 bubblewrap 建立的沙盒保护较弱：没有总线，没有第二层，来源不与方案核对",
    hint: "`--dry-run=bwrap` 列出它无法表达的内容；要接受请用 --accept-lower=backend-bwrap",
  },
  "plan.nested-full-as-root": {
    text: "不给超级用户 `nested=full`：应用有了自己的挂载就能写内核设置",
    hint: "请以普通用户身份启动，或使用 --nested=isolate",
  },
  "plan.abstract-sockets-reachable": {
    text: "网络是共享的，而 Linux {kernel} 无法关闭主机的抽象套接字（6.12 可以）",
    hint: "请使用 --unshare=network，或接受它：--accept-lower=abstract-sockets-reachable",
  },
};
