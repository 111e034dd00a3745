// Simplified Chinese: launcher/messages/portals.ts
import type { MessageTable } from "../message.ts";

export const PORTAL_MESSAGES_ZH: MessageTable = {
  "portal.refuse": { text: "拒绝" },
  "portal.account-title": { text: "{app}：要告诉它您的姓名吗？" },
  "portal.account-text": { text: "{app} 请求获取您的用户名和全名" },
  "portal.account-accept": { text: "告诉它" },
  "portal.autostart-title": { text: "{app}：随会话启动吗？" },
  "portal.autostart-text": { text: "{app} 请求在您每次登录时在其沙盒中启动" },
  "portal.autostart-accept": { text: "允许" },
  "portal.open-title": { text: "{app}：打开方式" },
  "portal.open-text": { text: "{app} 想要打开 {target}；请选择程序" },
  "portal.inhibit-reason": { text: "没有说明原因" },
  "portal.file-open": { text: "{app}：打开文件" },
  "portal.file-named": { text: "{app}：{title}" },
  "portal.print-file": { text: "{app}：打印到文件：{title}" },
  "portal.launcher-title": { text: "{app}：添加启动器吗？" },
  "portal.launcher-text": { text: "{app} 请求把 `{name}` 添加到您的程序中；它会在沙盒中启动 {app}" },
  "portal.launcher-accept": { text: "添加" },
  "portal.file-save": { text: "{app}：保存文件" },
  "permission.table": { text: "没有表可以叫做 `{table}`", hint: "例如 `background`、`notifications`、`desktop-used-apps`" },
  "permission.absent": { text: "`{table}` 中没有 `{id}` 的记录", hint: "`tsbox permission-show` 列出现有的记录" },
  "permission.app-or-all": { text: "请指明应用，或使用 `--all`" },
  "portal.file-folder": { text: "{app}：选择文件夹" },
};
