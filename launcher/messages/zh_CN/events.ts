// Simplified Chinese: launcher/messages/events.ts
import type { MessageTable } from "../message.ts";

export const EVENT_MESSAGES_ZH: MessageTable = {
  "log.started": { text: "{app} {instance} 已启动" },
  "log.ended": { text: "{app} {instance} 已结束" },
  "log.start-failed": { text: "{app} 没有启动：{text}" },
  "log.allowed": { text: "{app} {instance} {bus} 允许 {message}{times}：{because}" },
  "log.refused": { text: "{app} {instance} {bus} 拒绝 {message}{times}：{because}" },
  "log.times": { text: "（{count} 次）" },
  "why.nothing-lately": { text: "`{app}` 上次运行时没有被拒绝；更早的运行见 `tsbox why --all {app}`" },
  "why.nothing": { text: "日志中没有对 `{app}` 的拒绝记录" },
  "why.refused": { text: "{bus}：{message}{times}" },
  "why.start-failed": { text: "没有启动" },
};
