// Simplified Chinese: sentences that stand beside what they speak of, by their English: kinds of permissions, sets of rules, lower levels, what is not given.
import type { PhraseTable } from "../message.ts";

export const PERMISSION_PHRASES_ZH: PhraseTable = {
  "Talks to every service of the machine: power, disks, networks, logins; each decides for itself what it allows.":
    "与本机的每个服务通信：电源、磁盘、网络、登录；各服务自行决定允许什么。",
  "Drives every USB device that you may drive, security keys and phones among them.": "操作您能操作的所有 USB 设备，包括安全密钥和手机。",
  "Reads game controllers, and makes them rumble; no keyboard, no mouse.": "读取游戏手柄并使其震动；不涉及键盘和鼠标。",
  "Talks to Bluetooth devices around, past the desktop.": "绕过桌面，与周围的蓝牙设备通信。",
  "Drives the USB devices of this vendor and product directly.": "直接操作这一厂商和型号的 USB 设备。",
  "Uses the smart cards in your readers, through their daemon; the card asks for its PIN.": "通过守护进程使用读卡器中的智能卡；卡会要求输入 PIN。",
  "Uses smart cards and the keys on them; the card asks for its PIN.": "使用智能卡及其上的密钥；卡会要求输入 PIN。",
  "Signs and decrypts with your gpg keys, and manages them; the agent may ask you for the passphrase.":
    "用您的 gpg 密钥签名和解密，并管理它们；代理程序可能会询问密码。",
  "Uses X11 where the desktop has no Wayland; then it can watch and control every window.": "桌面没有 Wayland 时使用 X11；此时它能监视并操作每个窗口。",
  "Starts with the named variables set or taken away.": "启动时设置或去掉所写的变量。",
  "Reads every input device that you may read: game controllers, on some machines all keyboards.":
    "读取您能读取的所有输入设备：游戏手柄，在某些机器上还有所有键盘。",
  "Shows windows on a Wayland desktop; some desktops also let it take screenshots and type for you.":
    "在 Wayland 桌面上显示窗口；有些桌面还允许它截屏和代您输入。",
  "Uses every device that you may use: cameras, microphones, game controllers, disks, security keys.":
    "使用您能使用的所有设备：摄像头、麦克风、游戏手柄、磁盘、安全密钥。",
  "Uses the graphics card directly, for fast drawing, video and computing.": "直接使用显卡，用于快速绘图、视频和计算。",
  "Shares memory segments and message queues with the programs outside; X11 draws faster with it.": "与外面的程序共享内存段和消息队列；X11 借此绘图更快。",
  "Commands every program of the desktop session, and can start programs outside the sandbox.": "指挥桌面会话中的每个程序，并能在沙盒之外启动程序。",
  "Sees, calls or stands for the named services of the machine; what that allows depends on the service.":
    "看到、调用或代表所写的本机服务；由此能做什么取决于该服务。",
  "Reads and changes the memory that programs outside share through /dev/shm.": "读取并更改外面的程序通过 /dev/shm 共享的内存。",
  "Lets debuggers and profilers work inside; more of the kernel is within reach.": "允许在沙盒内使用调试器和性能分析器；可接触到内核的更多部分。",
  "Talks to controllers on the CAN buses of this machine, such as a car.": "与本机 CAN 总线上的控制器通信，例如汽车。",
  "Prints, and sees your printers and print jobs.": "打印，并看到您的打印机和打印任务。",
  "Takes pictures and films with the cameras, without asking; not through a portal.": "不经询问即用摄像头拍照和录像；不经过门户。",
  "Logs in with security keys; a touch of the key confirms whatever the app asked it for.": "用安全密钥登录；触碰密钥即确认应用所要求的一切。",
  "Computes on the graphics card and on accelerators; cannot set up a screen.": "在显卡和加速器上计算；不能设置屏幕。",
  "Shows windows with X11; it can then watch and control every window, terminals among them.": "用 X11 显示窗口；此时它能监视并操作每个窗口，包括终端。",
  "Runs virtual machines; the kernel's part of that is large and reachable.": "运行虚拟机；内核中与此相关的部分很大，且可接触到。",
  "Sees, calls or stands for the named services of the desktop session; what that allows depends on the service.":
    "看到、调用或代表所写的桌面会话服务；由此能做什么取决于该服务。",
  "Keeps the named folder of the home, in the app's own data.": "把主目录中所写的文件夹保存在应用自己的数据里。",
  "Logs in anywhere with the ssh keys in your agent, unless the agent asks you each time.": "用您代理程序中的 ssh 密钥登录任何地方，除非代理程序每次都询问您。",
  "Is read and operated by assistive technology where that runs; it reads and operates no other program.":
    "有辅助技术运行时，由其读取和操作；它不读取也不操作其他程序。",
  "Talks to what is connected to this serial port.": "与连接到此串口的设备通信。",
  "Reads, or reads and changes, the named folders and files.": "读取，或读取并更改所写的文件夹和文件。",
  "Plays sound; records from microphones or from other programs only where that is granted too.": "播放声音；只有另外授予时才能从麦克风或其他程序录音。",
  "Talks to the internet, the local network and every service of this machine that listens on a port.": "与互联网、本地网络以及本机监听端口的每个服务通信。",
  "Shuts its own parts into sandboxes of their own, as browsers do; more of the kernel is within reach.":
    "像浏览器那样把自己的各部分关进单独的沙盒；可接触到内核的更多部分。",
  "Makes mounts and sandboxes of its own: far more of the kernel is within reach, and one layer of protection is off.":
    "自行建立挂载和沙盒：可接触到内核的更多部分，并关闭一层保护。",

  "a Wayland connection passed by the caller": "调用者传入的 Wayland 连接",
  "programs of the 32-bit architecture": "32 位架构的程序",
  "shared memory among the instances of the app": "应用各实例之间的共享内存",

  "Learns whether assistive technology runs; it does not turn it on or off.": "得知是否有辅助技术在运行；不会将其打开或关闭。",
  "Types through the input method Fcitx; it changes none of its settings and reaches no other program's typing.":
    "通过 Fcitx 输入法输入；不更改其设置，也接触不到其他程序的输入。",
  "Is controlled as a media player, by one name; it neither sees nor controls other players.": "以一个名称作为媒体播放器受控；既看不到也不控制其他播放器。",
  "Shows notifications and hears what becomes of them; no history, no settings of the service.": "显示通知并得知其结果；没有历史记录，也不涉及该服务的设置。",
  "Keeps passwords of its own in the keyring, and reads those again; no other program's.": "把自己的密码存入密钥环并读回；不涉及其他程序的密码。",
  "Keeps the screen from going dark; it neither locks nor unlocks it, nor asks whether somebody is there.":
    "使屏幕不变暗；既不锁定也不解锁，也不询问是否有人在。",
  "Keeps the machine awake, and hears when it goes to sleep; it neither switches it off nor sees who is logged in.":
    "使机器保持唤醒，并得知它何时休眠；既不关机，也看不到谁已登录。",
  "Shows an icon of its own in the tray; it does not see those of other programs.": "在托盘中显示自己的图标；看不到其他程序的图标。",
  "the player's name behind `org.mpris.MediaPlayer2.`": "`org.mpris.MediaPlayer2.` 之后的播放器名称",
  "the app's id, or ATTRIBUTE=VALUE that all its items bear": "应用的 ID，或其所有条目都带有的 ATTRIBUTE=VALUE",

  "some compositors offer every client of this socket screen capture and virtual keyboards": "有些合成器会向此套接字的每个客户端提供屏幕捕获和虚拟键盘",
  "the app can reach services of the host that listen on abstract sockets, the X server among them": "应用可以接触主机上监听抽象套接字的服务，包括 X 服务器",
  "no Landlock scopes, no check of sources against the plan, no cover over links that lead to protected paths":
    "没有 Landlock 作用域，不把来源与方案核对，不遮盖通往受保护路径的链接",
  "the app can write one of them, and so run programs outside the sandbox at the next login": "应用可以写入其中之一，从而在下次登录时在沙盒之外运行程序",
  "the app can have the server load a library of its own, and so run programs outside the sandbox; it hears and sees every stream":
    "应用可以让服务器加载自己的库，从而在沙盒之外运行程序；它能听到、看到每个流",
};
