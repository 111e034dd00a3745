// Simplified Chinese: launcher/messages/info.ts
import type { MessageTable } from "../message.ts";

export const INFO_MESSAGES_ZH: MessageTable = {
  "info.both": { text: "`{one}` 和 `{other}` 都只单独打印一项内容", hint: "请只给出其中一个" },
  "info.id": { text: "        ID：{value}" },
  "info.command": { text: "      命令：{value}" },
  "info.no-command": { text: "      命令：无；可用 `run --command=PROGRAM` 指定" },
  "info.runtime": { text: "  运行环境：{value}" },
  "info.manifest": { text: "      清单：{value}" },
  "info.origin": { text: "      来源：{value}" },
  "info.program": { text: "      程序：{value}" },
  "info.data": { text: "      数据：{value} ({size})" },
  "info.data-absent": { text: "      数据：{value}（尚不存在）" },
  "info.override": { text: "  覆盖设置：{value}" },
  "info.limit": { text: "      上限：{value}" },
  "info.shadowed": { text: "    被遮盖：{value}" },
};
