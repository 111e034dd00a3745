// Simplified Chinese: launcher/messages/native.ts
import type { MessageTable } from "../message.ts";

const REPORT = "这是 tsbox 或此内核的缺陷；请附上 `tsbox run --dry-run` 的输出报告给我们";
const USER_NAMESPACES_OFF =
  "`sysctl kernel.unprivileged_userns_clone user.max_user_namespaces kernel.apparmor_restrict_unprivileged_userns` 会显示是哪条规则拒绝的；在容器中需要其运行时允许";
const CHANGED = "启动期间有东西改动了它；请再试一次";
const OTHER_ENTRY = "可能是清单中的另一个条目挡住了它";
const REINSTALL = "前端与代理进程 (broker) 的版本可能不同：请重新安装 tsbox";

export const NATIVE_MESSAGES_ZH: MessageTable = {
  "native.other": { text: "无法建立沙盒，停在 `{stage}`：{detail}：{system}", hint: REPORT },

  "native.exec": { text: "无法执行 `{command}`：{system}", hint: "`--command=PROGRAM` 可启动另一个程序；`--filesystem=FOLDER:ro` 可让沙盒看到位于别处的程序" },
  "native.exec.ENOENT": {
    text: "沙盒中找不到 `{command}`",
    hint: "沙盒有主机的 `/usr`；`--filesystem=FOLDER:ro` 可让沙盒看到位于别处的程序，`--command=PROGRAM` 可启动另一个程序",
  },
  "native.exec.ENOTDIR": { text: "沙盒中找不到 `{command}`：其路径中有一段不是文件夹", hint: "`--command=PROGRAM` 可启动另一个程序" },
  "native.exec.EACCES": { text: "`{command}` 不可执行", hint: "`chmod +x` 可使它可执行；文件夹永远不可执行" },
  "native.exec.ENOEXEC": { text: "`{command}` 不是本机的程序", hint: "脚本的第一行应类似 `#!/bin/sh`" },
  "native.exec.E2BIG": { text: "交给 `{command}` 的命令行或环境太长", hint: "请减少参数，或用 `--unset-env=NAME` 去掉环境中的内容" },

  "native.namespaces": { text: "沙盒的命名空间被拒绝：{detail}：{system}", hint: USER_NAMESPACES_OFF },
  "native.namespaces.EPERM": { text: "本系统不让普通程序使用用户命名空间：{system}", hint: USER_NAMESPACES_OFF },
  "native.namespaces.EACCES": { text: "本系统不让普通程序使用用户命名空间：{system}", hint: USER_NAMESPACES_OFF },
  "native.namespaces.ENOSPC": {
    text: "不能再建立更多的用户命名空间或其他类型的命名空间：{system}",
    hint: "`sysctl user` 显示各项上限（`max_user_namespaces` 等）；请结束不需要的沙盒，或提高已达到的那一项",
  },
  "native.namespaces.EUSERS": { text: "这里的用户命名空间嵌套过深：{system}", hint: "请在包围它的容器之外启动" },
  "native.namespaces.EINVAL": {
    text: "此内核缺少沙盒所需的某种命名空间：{system}",
    hint: "内核必须内置 user、mount、pid、ipc、uts、cgroup 和 network 命名空间",
  },
  "native.userns-sysctl": {
    text: "本系统不让普通用户使用用户命名空间（`kernel.unprivileged_userns_clone=0`）",
    hint: "以 root 身份执行：`sysctl -w kernel.unprivileged_userns_clone=1`；写入 `/etc/sysctl.d/` 可使其持久",
  },
  "native.userns-limit": {
    text: "这里不能建立用户命名空间（`user.max_user_namespaces=0`）",
    hint: "以 root 身份执行：`sysctl -w user.max_user_namespaces=15000`；写入 `/etc/sysctl.d/` 可使其持久",
  },
  "native.userns-apparmor": {
    text: "AppArmor 不让没有配置文件的程序使用用户命名空间（`kernel.apparmor_restrict_unprivileged_userns=1`）",
    hint: "以 root 身份把 tsbox 安装到 `/usr/libexec/tsbox`，并安装其配置文件（做法见 `native/apparmor/tsbox`）",
  },
  "native.userns-filter": {
    text: "此进程外围的系统调用过滤器拒绝用户命名空间",
    hint: "请用允许它们的过滤器启动外围的容器（docker 和 podman：`--security-opt seccomp=FILE`；systemd：不要 `RestrictNamespaces=`）",
  },
  "native.uid-map": { text: "无法把用户映射到沙盒中：{detail}：{system}", hint: USER_NAMESPACES_OFF },
  "native.gid-map": { text: "无法把用户组映射到沙盒中：{detail}：{system}", hint: USER_NAMESPACES_OFF },
  "native.mount-namespace": { text: "无法把沙盒的挂载与主机的分开：{system}", hint: "此进程外围的 AppArmor 或 seccomp 规则可能禁止挂载" },
  "native.mount-namespace.EACCES": {
    text: "有 AppArmor 规则禁止在用户命名空间中挂载：{system}",
    hint: "`sysctl kernel.apparmor_restrict_unprivileged_userns` 会显示该规则",
  },
  "native.second-user-namespace": { text: "应用自己的用户命名空间被拒绝：{system}", hint: USER_NAMESPACES_OFF },
  "native.disable-userns": { text: "无法对应用关闭用户命名空间：{detail}：{system}", hint: REPORT },
  "native.kernel-too-old": {
    text: "此内核缺少沙盒所需的调用，或外围的过滤器把它藏了起来：`{detail}`",
    hint: "需要 Linux 5.12 或更新版本；在容器中，其 seccomp 配置必须允许新的挂载调用",
  },

  "native.source": { text: "无法为沙盒打开 `{detail}`（{reason}）：{system}", hint: "它还在那里吗，可读吗？" },
  "native.source.ENOENT": { text: "`{detail}` 不见了（{reason}）", hint: CHANGED },
  "native.source.EACCES": { text: "此用户不能打开 `{detail}`（{reason}）", hint: "请用 `--nofilesystem=` 去掉该授予，或让此用户可以读取它" },
  "native.source.ELOOP": { text: "通往 `{detail}` 的路上出现了符号链接（{reason}）", hint: CHANGED },
  "native.source-changed": { text: "`{detail}` 已不是片刻之前的那个（{reason}）", hint: CHANGED },
  "native.source-changed.ESTALE": { text: "`{detail}` 已不是片刻之前的那个（{reason}）", hint: CHANGED },
  "native.clone-tree": { text: "无法为沙盒复制 `{detail}` 的挂载（{reason}）：{system}", hint: REPORT },
  "native.tree-attributes": { text: "无法按方案限制 `{detail}`（{reason}）：{system}", hint: "文件系统拒绝了某个挂载属性；没有以更弱的保护启动" },
  "native.init-binary": { text: "无法把安装的 `tsbox` 绑定到沙盒中：`{detail}`：{system}", hint: "它在运行期间被替换或移除了吗？请重新启动" },
  "native.destination": { text: "无法在沙盒中建立位置 `{path}`（{reason}）：{system}", hint: OTHER_ENTRY },
  "native.attach": { text: "无法在沙盒中挂载 `{path}`（{reason}）：{system}", hint: REPORT },
  "native.attach.ENOSPC": { text: "沙盒的挂载过多：`{path}`（{reason}）", hint: "上限是 `sysctl fs.mount-max`" },
  "native.directory": { text: "无法在沙盒中建立文件夹 `{path}`（{reason}）：{system}", hint: OTHER_ENTRY },
  "native.symlink": { text: "无法在沙盒中建立链接 `{path}`（{reason}）：{system}", hint: OTHER_ENTRY },
  "native.file": { text: "无法在沙盒中建立文件 `{path}`（{reason}）：{system}", hint: OTHER_ENTRY },
  "native.tmpfs": { text: "无法在 `{path}` 处建立内存文件系统：{system}", hint: REPORT },
  "native.mqueue": { text: "无法在 `{path}` 处建立消息队列：{system}", hint: "内核必须内置消息队列" },
  "native.proc": {
    text: "无法建立单独的 `/proc`：{detail}：{system}",
    hint: "外围的容器遮住了 `/proc` 的一部分，因而不允许：请让其外层使用未遮盖的 `/proc`",
  },
  "native.sysfs": { text: "无法建立单独的 `/sys`：{system}", hint: "外围的容器遮住了 `/sys` 的一部分，因而不允许" },
  "native.dev": { text: "无法把设备 `{detail}` 放进沙盒：{system}", hint: "它必须存在于主机的 `/dev` 中" },
  "native.devpts": { text: "无法在 `/dev/pts` 中建立单独的终端：{system}", hint: REPORT },
  "native.remount": { text: "无法使 `{path}` 只读：{system}", hint: REPORT },
  "native.chmod": { text: "无法设置 `{path}` 的模式：{system}", hint: REPORT },
  "native.new-root": { text: "无法进入沙盒的根：{detail}：{system}", hint: REPORT },
  "native.listen": { text: "无法在 `{path}` 处建立应用的总线套接字：{system}", hint: REPORT },
  "native.hostname": { text: "无法设置主机名 `{detail}`：{system}", hint: REPORT },
  "native.loopback": { text: "无法设置回环接口：{system}", hint: REPORT },

  "native.capabilities": { text: "无法放弃特权能力：{detail}：{system}", hint: REPORT },
  "native.filter": { text: "系统调用过滤器被拒绝：{system}", hint: "内核必须内置 seccomp 过滤器" },
  "native.landlock-scope": { text: "Landlock 拒绝关闭抽象套接字：{system}", hint: REPORT },
  "native.landlock-path": { text: "无法让 Landlock 允许 `{detail}`：{system}", hint: "它在启动期间被移动了吗？请再试一次；`tsbox run --dry-run` 会显示该规则" },
  "native.close-range": { text: "无法关闭调用者的描述符：{system}", hint: REPORT },
  "native.keep-fd": { text: "`--fd` 中有一个描述符没有打开：{system}", hint: "shell 必须为 `tsbox` 打开它，例如 `{command} 3<FILE`" },
  "native.chdir": { text: "在沙盒中既不能进入工作目录，也不能进入主目录：`{detail}`：{system}", hint: "`--cwd=/` 可从别处开始" },
  "native.new-session": { text: "无法建立单独的会话：{system}", hint: REPORT },
  "native.descriptors": { text: "允许的描述符太少，不够这么多挂载使用：{system}", hint: "上限是 `ulimit -n`；请提高它，或少授予一些位置" },
  "native.fork": { text: "不能再建立更多进程：{system}", hint: "上限在 `ulimit -u` 和会话的控制组中" },
  "native.memory": { text: "内存不足，无法建立沙盒", hint: "请关闭一些程序后再试" },
  "native.init-exec": { text: "无法启动沙盒的 init：{detail}：{system}", hint: REPORT },
  "native.init-lost": { text: "沙盒的第一个进程在建立期间结束了：{detail}", hint: "内存不足，还是有人执行了 `kill`？请再试一次" },
  "native.connector": { text: "无法启动总线的连接进程：{detail}：{system}", hint: "`--no-session-bus` 可不带总线启动应用" },
  "native.instance": { text: "无法写入实例的文件：`{detail}`：{system}", hint: "运行时目录必须属于自己、可写且未满" },
  "native.plan-frame": { text: "前端无法读取方案：{detail}", hint: REINSTALL },
  "native.plan-word": { text: "前端不认识方案中的词 `{detail}`", hint: REINSTALL },
  "native.plan-words": { text: "方案中的词不能同时使用：{detail}", hint: REPORT },
  "native.label": { text: "`{detail}`：不支持标签", hint: REPORT },
  "native.borrowed-rights": { text: "前端被安装为 setuid，或被赋予了特权能力", hint: "请重新安装 tsbox：它会自己建立用户命名空间" },
  "native.join": { text: "无法进入命名空间（{detail}）：{system}", hint: REPORT },
  "native.inform": { text: "无法通知调用者（{detail}）：{system}", hint: REPORT },
  "native.overlay": {
    text: "无法建立叠加层 `{detail}`：{system}",
    hint: "普通用户的叠加层需要 Linux 5.11 或更新版本，支持它的文件系统，并且该位置之下没有挂载其他文件系统；不带 `--try` 的 `tsbox run` 不需要叠加层",
  },
  "native.lock-file": { text: "无法锁定 `{detail}`：{system}", hint: REPORT },
  "native.plan-data": { text: "前端无法使用 `{detail}` 的数据：{system}", hint: REPORT },
};
