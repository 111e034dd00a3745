// Simplified Chinese: launcher/messages/run.ts
import type { MessageTable } from "../message.ts";

export const RUN_MESSAGES_ZH: MessageTable = {
  "run.backend-unknown": { text: "没有名为 `{name}` 的后端", hint: "可用 own 和 bwrap" },
  "run.backend-bwrap-absent": { text: "无法启动 `{program}`：{system}", hint: "请安装 bubblewrap，或去掉 --backend" },
  "run.backend-bwrap-word": {
    text: "bubblewrap 无法执行这个方案：它没有表示 `{word}` 的词",
    hint: "请去掉需要它的授予（`tsbox run --dry-run` 会显示），或去掉 --backend",
  },
  "run.app-missing": { text: "没有指明应用", hint: "`tsbox run org.example.App`，或 `tsbox run ./FILE.ini`" },
  "run.cwd-relative": { text: "`--cwd={directory}` 不是绝对路径", hint: "工作目录是沙盒内的路径，例如 `--cwd=/tmp`" },
  "run.bind-follow": { text: "无法跟随一个绑定的文件：{detail}", hint: "它所在的文件夹还是原来那个吗？`{log}` 中可能有更多信息" },
  "run.dry-run-format": { text: "`--dry-run={format}` 不是已知的格式", hint: "可用 `text`、`json` 或 `bwrap`" },
  "run.fd-number": { text: "`--fd={value}` 不是可以保留的描述符", hint: "请给出 3 或更大的数字；0、1、2 总会传给应用" },
  "run.fd-closed": { text: "`--fd={value}`：调用者没有打开这样的描述符", hint: "请不带 close-on-exec 打开它，例如在 shell 中写 `{value}<FILE`" },
  "run.standard-unfit": {
    text: "标准{name}是{kind}，会给应用带来任何权限都没有写明的东西",
    hint: "请传入文件、管道、终端或 /dev/null；`--fd=N` 可按编号传入其他描述符",
  },
  "run.request-malformed": {
    text: "正在运行的代理进程 (broker) 无法读懂这个 `tsbox` 的请求",
    hint: "它的版本可能不同：用 `kill {pid}` 结束它后再试；正在运行的应用不受影响",
  },
  "run.request-foreign": { text: "请求中的 {what} 是 `{found}`，但代理进程服务于 `{expected}`", hint: "请以本会话所属的用户运行 `tsbox`" },
  "run.x11-stranger": {
    text: "`x11=untrusted`：得不到给陌生客户端的凭据：{detail}",
    hint: "`xhost -si:localuser:$USER` 可关闭放行所有人的服务器；`--x11=nested` 给应用一个单独的服务器",
  },
  "run.runtime-absent": { text: "运行环境 `{runtime}` 不存在", hint: "`--runtime=host` 用主机自己的 `/usr` 运行应用" },
  "run.from-word": { text: "`--from={value}` 不是应用的来源", hint: "可用 `host`（tsbox 的清单）或 `flatpak`" },
  "run.instance-make": { text: "无法建立实例的目录 `{path}`：{system}", hint: "运行时目录必须属于自己、可写且未满" },
  "run.bus-refused": { text: "`{address}` 处的 {bus} 总线没有响应：{system}", hint: "它还在运行吗？`--no-session-bus` 可不带总线启动应用" },
  "run.bus-silent": { text: "`{address}` 处的会话总线没有说明名称归谁所有", hint: "它还正常吗？`--no-session-bus` 可不带总线启动应用" },
  "run.handed-over": {
    text: "`{name}` 属于 `{program}`（进程 {pid}），它在此应用的沙盒之外运行：要应用做的事会在那里进行",
    hint: "请先关闭它；`--no-session-bus` 可让应用与它并存",
  },
  "run.bus-process": { text: "无法启动总线进程：{detail}", hint: "`{log}` 中可能有更多信息；`--no-session-bus` 可不带总线启动应用" },
  "run.part-unknown": { text: "没有应用请求过这个子沙盒", hint: "`TSBOX_SUB_SANDBOX` 由 tsbox 自己为一次启动设置：请把它从环境变量中去掉" },
  "run.part-beyond": { text: "这个子沙盒会比请求它的应用得到更多：{what}", hint: "应用运行期间权限或主机发生了变化：请重新启动应用" },
  "run.internal": { text: "代理进程 (broker) 自身出错：{detail}", hint: "详情在 `{log}` 中；请报告给我们" },
  "run.argument-unseen": {
    text: "`{app}` 看不到 `{path}`",
    hint: "`tsbox run --file-forwarding {named} @@ FILE @@` 只在这一次启动中给出该文件，`tsbox override --filesystem=PLACE {app}` 则长期给出一个位置",
  },
  "run.opened-beside": {
    text: "`{app}` 已在运行：如果它把 `{path}` 交给正在运行的那个，那个看不到该文件",
    hint: "请用那个窗口自己的对话框打开该文件，或先结束它",
  },
  "run.not-started": { text: "{app} 没有启动" },
};
