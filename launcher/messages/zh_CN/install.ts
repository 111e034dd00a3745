// Simplified Chinese: launcher/messages/install.ts
import type { MessageTable } from "../message.ts";

export const INSTALL_MESSAGES_ZH: MessageTable = {
  "install.no-file": { text: "没有这样的文件或文件夹", hint: "`tsbox install ./org.example.App.ini`" },
  "install.known": { text: "这里已经有 `{app}`：{file}", hint: "`tsbox run {app}` 启动它" },
  "install.no-app": {
    text: "`{app}`：没有这样的清单，tsbox 也不下载清单",
    hint: "`tsbox install ./org.example.App.ini` 接受文件；程序来自系统，或来自 `flatpak install`",
  },
  "install.write-system": { text: "无法把清单放到那里：{system}", hint: "只有 root 能为所有用户安装：`sudo tsbox install --system FILE`" },
  "install.folder": { text: "该文件夹中有 {count} 个清单，但只能有一个", hint: "请指明文件：`tsbox install DIR/org.example.App.ini`" },
  "install.same": { text: "`{app}` 已经安装，用的就是这个清单" },
  "install.there": { text: "`{app}` 已经存在：{file}", hint: "`tsbox install --replace` 会用这个清单取代它" },
  "install.ask": { text: "安装 `{app}` 并允许以上各项吗？[y/N] " },
  "install.worst": { text: "{risk}：{permission}" },
  "install.worst-more": { text: "还有 {count} 项同类权限，见上文" },
  "install.ask-more": { text: "这比以前接受的更多" },
  "install.needs-yes": { text: "这里无法询问任何人，因此没有安装", hint: "`-y` 表示接受上面打印的内容" },
  "install.declined": { text: "没有安装任何东西" },
  "install.done": { text: "{file}", hint: "`tsbox run {app}` 启动它，`tsbox export {app}` 让桌面启动它" },
  "install.write": { text: "无法把清单放到那里：{system}" },
  "install.remove": { text: "无法移除清单：{system}" },
  "install.not-yours": { text: "`{app}` 不是您自己的清单：{file}", hint: "`tsbox uninstall --system` 移除为所有用户安装的" },
  "install.instance": { text: "`{app}` 是命名实例，不是应用", hint: "`tsbox instance remove {app}` 会移除它" },
  "install.of-catalogue": {
    text: "`{app}` 随 tsbox 提供，会保留：{file}",
    hint: "`tsbox unexport {app}` 把它从桌面撤下，`tsbox data reset {app}` 把它的数据放到一边",
  },
  "install.of-flatpak": { text: "`{app}` 由 Flatpak 安装", hint: "`flatpak uninstall {app}`" },
  "install.not-of-all": { text: "`{app}` 不是为所有用户安装的", hint: "`tsbox list` 显示它的来源" },
  "install.runs": { text: "`{app}` 正在运行", hint: "请先结束它：`tsbox kill {app}`" },
  "install.removed": { text: "已移除 {file}" },
  "install.data-removed": { text: "已移除 {file}，以及应用在那里保存的全部内容" },
  "install.data-stays": { text: "应用的数据保留在 {file}", hint: "`tsbox uninstall --delete-data {app}` 会一并移除" },
  "install.data-failed": { text: "无法移除应用的数据：{system}" },

  "accept.broken": { text: "无法读取已接受的内容", hint: "查看之后，`tsbox accept {id}` 会重新写入" },
  "accept.write": { text: "无法保存已接受的内容：{system}" },
  "accept.held-back": { text: "没有给予 `{text}`：您还没有接受它", hint: "`tsbox accept {id}` 打印所有新增的内容，并从下次启动起给予" },
  "accept.still-denied": { text: "`{text}` 仍然有效，尽管清单已不再这样写", hint: "`tsbox accept {id}` 会将其解除" },
  "accept.nothing": { text: "`{app}` 没有要求任何您尚未接受的东西" },
  "accept.done": { text: "从下次启动起，`{app}` 会得到：" },
  "accept.needs-no": { text: "`{app}` 得到其清单所要求的一切：只有安装的应用或别人放在这里的应用才需要接受" },

  "diff.gains": { text: "+ {permission}" },
  "diff.meaning": { text: "    {risk}：{words}" },
  "diff.loses": { text: "- {permission}" },
  "diff.undenied": { text: "+ 不再拒绝：{permission}" },
  "diff.other": { text: "~ {what}：{older} -> {newer}" },

  "search.nothing": { text: "找不到与 `{words}` 相符的应用" },
};
