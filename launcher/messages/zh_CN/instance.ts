// Simplified Chinese: launcher/messages/instance.ts
import type { MessageTable } from "../message.ts";

export const INSTANCE_MESSAGES_ZH: MessageTable = {
  "instance.name": { text: "`{name}` 不能作为实例的名称", hint: "可用字母、数字和 `_`，最多 32 个，第一个不能是 `_`：`--instance=work`" },
  "instance.two-names": { text: "`{app}` 已经是实例，而 `{name}` 是另一个", hint: "请只写一次名称" },
  "instance.of-flatpak": {
    text: "`{app}` 是 Flatpak 安装的应用，不是实例：否则会打开它的数据",
    hint: "请为实例换一个名称；该应用本身用 `flatpak run {app}` 启动",
  },
  "instance.action": { text: "不能对实例执行 `{value}`", hint: "可用 `list`、`clone`、`rename`、`remove` 或 `export`" },
  "instance.no-app": { text: "没有指明应用", hint: "`tsbox instance {action} {form}`" },
  "instance.no-data": { text: "`{from}` 没有可复制的数据", hint: "`tsbox run --instance={name} {app}` 启动一个数据为空的实例" },
  "instance.no-name": { text: "没有给出名称", hint: "`tsbox instance {action} {app} NAME`" },
  "instance.not-one": { text: "`{app}` 不是应用的实例", hint: "实例要与其应用一起写：`org.example.App--work`；`tsbox instance list` 列出它们" },
  "instance.absent": { text: "没有实例 `{app}`", hint: "`tsbox instance list` 列出现有的实例" },
  "instance.there": { text: "已经有实例 `{app}`", hint: "请换一个名称，或先执行 `tsbox instance remove {app}`" },
  "instance.running": { text: "`{app}` 正在运行，期间会写入其数据", hint: "请先结束它：`tsbox kill {app}`" },
  "instance.cloned": { text: "`{app}` 是 `{from}` 现状的副本；`tsbox run {app}` 启动它" },
  "instance.renamed": { text: "`{from}` 现在叫 `{app}`；门户以前为它得到的许可会重新询问" },
  "instance.export-again": { text: "它导出的条目已随旧名称移除：`tsbox instance export {app}` 会建立新的" },
  "instance.removed": { text: "已移除 `{app}`，以及它的覆盖设置和导出的内容" },
  "instance.host-store": { text: "此桌面的门户仍保留它们记住的 {app} 的内容：{detail}", hint: "`flatpak permission-reset {app}` 可使其忘记" },
};
