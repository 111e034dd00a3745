// Simplified Chinese: launcher/messages/data.ts
import type { MessageTable } from "../message.ts";

export const DATA_MESSAGES_ZH: MessageTable = {
  "data.action": { text: "不能对数据执行 `{value}`", hint: "可用 `size`、`backup`、`restore` 或 `reset`" },
  "data.no-app": { text: "没有指明应用", hint: "`tsbox data {action} org.example.App`" },
  "data.not-an-id": { text: "`{value}` 不是应用的 ID" },
  "data.no-file": { text: "没有指明文件", hint: "`tsbox data {action} {app} FILE.tar.gz`" },
  "data.running": { text: "`{app}` 正在运行，期间会写入其数据", hint: "请先结束它：`tsbox kill {app}`" },
  "data.absent": { text: "`{folder}` 中没有数据" },
  "data.file-there": { text: "`{file}` 已经存在", hint: "请换一个文件名，或把它移走" },
  "data.not-made": { text: "无法创建 `{file}`：{system}" },
  "data.swapped": { text: "`{file}` 不是备份：期间有其他程序把它换成了别的东西", hint: "请选择没有应用会写入的文件夹" },
  "data.no-archive": { text: "`{file}` 不是应用数据的备份" },
  "data.tar": { text: "tar 失败：{system}" },
  "data.not-copied": { text: "无法复制 `{folder}`：{system}" },
  "data.not-moved": { text: "无法把 `{folder}` 移到 `{aside}`：{system}" },
  "data.backed-up": { text: "`{app}`：{bytes} 字节已存入 `{file}`，不含缓存" },
  "data.restored": { text: "`{app}`：数据已恢复为 `{file}` 中的内容" },
  "data.set-aside": { text: "原有的内容现在位于 `{folder}`；不会有任何程序删除它" },
};
