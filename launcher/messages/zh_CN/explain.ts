// Simplified Chinese: launcher/messages/explain.ts
import type { MessageTable } from "../message.ts";

export const EXPLAIN_MESSAGES_ZH: MessageTable = {
  "explain.nothing-asked": { text: "没有提出任何问题", hint: "可用 {options}" },
  "explain.bus-form": {
    text: "`--{option}={value}` 不是 `NAME`、`NAME/PATH` 或 `NAME/PATH INTERFACE.MEMBER`",
    hint: "例如 `org.freedesktop.Notifications/org/freedesktop/Notifications org.freedesktop.Notifications.Notify`",
  },
  "explain.path": { text: "{path}：{access}" },
  "explain.device": { text: "使用 {path}" },
  "explain.connect-path": { text: "连接套接字 {path}" },
  "explain.connect-abstract": { text: "连接抽象套接字 {name}" },
  "explain.connect-network": { text: "连接 {address}" },
  "explain.connect-form": { text: "`--connect={value}` 不是地址", hint: "可用 `HOST:PORT`、套接字的路径，或 `@NAME`" },
  "explain.path-form": { text: "`--{option}` 需要一个路径" },
  "explain.bus-call": { text: "在 {bus} 总线上调用 `{name}` 的 `{path}` 处的 `{method}`" },
  "explain.bus-call-anywhere": { text: "在 {bus} 总线上调用 `{name}` 的 `{method}`" },
  "explain.bus-path": { text: "在 {bus} 总线上调用 `{name}` 的 `{path}` 处的任意方法" },
  "explain.bus-name": { text: "{bus} 总线上的 `{name}`：{level}" },
};
