"""What callers of bubblewrap do besides giving arguments: `bwrap-scenarios.py LAUNCHER FOLDER SCENARIO` prints what came of it."""
import array
import ctypes
import fcntl
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time

LAUNCHER, FOLDER, NAME = sys.argv[1:4]
SYSTEM = [
    "--ro-bind", "/usr", "/usr", "--symlink", "usr/bin", "/bin", "--symlink", "usr/lib", "/lib", "--symlink", "usr/lib64", "/lib64",
    "--proc", "/proc", "--dev", "/dev", "--bind", FOLDER, "/shared",
]  # fmt: skip


def start(words, command, keep=(), **options):
    return subprocess.Popen([LAUNCHER, *SYSTEM, *map(str, words), "--", *command], pass_fds=keep, **options)


def run(words, command, keep=(), **options):
    done = subprocess.run([LAUNCHER, *SYSTEM, *map(str, words), "--", *command], pass_fds=keep, capture_output=True, text=True, timeout=20, **options)
    return done.returncode, done.stdout.strip()


def ended(descriptor, seconds):
    return bool(select.select([descriptor], [], [], seconds)[0])


def alive(pid):
    try:
        return open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def wait_for(check):
    end = time.monotonic() + 10
    while time.monotonic() < end:
        if check():
            return True
        time.sleep(0.01)
    return False


def read_all(descriptor):
    with os.fdopen(descriptor) as file:
        return file.read()


def info_fd():
    """One object, indented by four, its numbers those of the namespaces inside; closed at once."""
    reader, writer = os.pipe()
    release, held = os.pipe()
    child = start(["--unshare-all", "--info-fd", writer, "--block-fd", release], ["true"], (writer, release))
    os.close(writer)
    text = read_all(reader)
    facts = json.loads(text)
    print(text.splitlines()[:1], text.splitlines()[1].startswith('    "child-pid": '), list(facts)[1:])
    links = {key: os.stat(f"/proc/{facts['child-pid']}/ns/{key.split('-')[0]}").st_ino for key in list(facts)[1:]}
    print(all(links[key] == facts[key] for key in links))
    os.close(held)
    print(child.wait())


def json_status():
    reader, writer = os.pipe()
    print(run(["--unshare-pid", "--json-status-fd", writer], ["sh", "-c", "exit 9"], (writer,)))
    os.close(writer)
    lines = read_all(reader).splitlines()
    print(len(lines), list(json.loads(lines[0])), lines[1])


def json_status_without_start():
    reader, writer = os.pipe()
    print(run(["--json-status-fd", writer], ["/nowhere"], (writer,)))
    os.close(writer)
    print(len(read_all(reader).splitlines()))


def json_status_of_signal():
    reader, writer = os.pipe()
    print(run(["--json-status-fd", writer], ["sh", "-c", "kill -9 $$"], (writer,)))
    os.close(writer)
    print(read_all(reader).splitlines()[1])


def block_fd():
    """Everything stands, the program waits; an end of file lets it go too."""
    release, held = os.pipe()
    child = start(["--block-fd", release], ["touch", "/shared/started"], (release,))
    print(wait_for(lambda: os.path.exists(f"{FOLDER}/started")) if child.poll() is not None else "waits")
    time.sleep(0.2)
    print(os.path.exists(f"{FOLDER}/started"))
    os.close(held)
    os.close(release)
    print(child.wait(), os.path.exists(f"{FOLDER}/started"))


def sync_fd():
    """Open as long as pid 1 lives, which is longer than the command."""
    reader, writer = os.pipe()
    child = start(["--unshare-pid", "--sync-fd", writer], ["sh", "-c", "ls /proc/self/fd | wc -l; sleep 0.5 >/dev/null 2>&1 &"], (writer,), stdout=subprocess.PIPE)
    os.close(writer)
    code = child.wait()
    early = ended(reader, 0.1)
    # Debian's pid 1 keeps the program's standard output too.
    print(code, int(child.stdout.read()), early, ended(reader, 3))


def sync_fd_as_pid_1():
    reader, writer = os.pipe()
    code, text = run(["--unshare-pid", "--as-pid-1", "--sync-fd", writer], ["sh", "-c", f"ls -d /proc/self/fd/{writer}; echo $$"], (writer,))
    print(code, text.replace(str(writer), "N"))


def lock_files():
    """A read lock by pid 1 on the file as it is inside, while anything lives there."""
    path = f"{FOLDER}/lock"
    open(path, "w").close()
    child = start(["--unshare-pid", "--lock-file", "/shared/lock", "--lock-file", "/shared/lock"], ["sh", "-c", "touch /shared/up; sleep 0.5 >/dev/null 2>&1 &"])
    child.wait()
    with open(path, "r+") as file:
        fcntl.lockf(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        fcntl.lockf(file, fcntl.LOCK_UN)
        for _ in range(2):
            try:
                fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                print("free")
            except OSError:
                print("locked")
            time.sleep(0.8)


def lock_file_of_another():
    path = f"{FOLDER}/lock"
    with open(path, "w") as file:
        fcntl.lockf(file, fcntl.LOCK_EX)
        print(run(["--unshare-pid", "--lock-file", "/shared/lock"], ["sleep", "0.3"])[0] != 0)
    print(run(["--unshare-pid", "--lock-file", "/shared/none"], ["sleep", "0.3"])[0] != 0)


def without_parent(words):
    ready = f"{FOLDER}/inside"
    parent = os.fork()
    if parent == 0:
        start([*words], ["sh", "-c", "readlink /proc/self/ns/mnt > /shared/mnt; touch /shared/inside; exec sleep 60"], stdout=subprocess.DEVNULL)
        time.sleep(30)
        os._exit(0)
    wait_for(lambda: os.path.exists(ready))
    os.kill(parent, signal.SIGKILL)
    os.waitpid(parent, 0)
    mark = open(f"{FOLDER}/mnt").read().strip()

    def inside():
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                if os.readlink(f"/proc/{pid}/ns/mnt") == mark and alive(pid):
                    found.append(int(pid))
            except OSError:
                pass
        return found

    print("all gone" if wait_for(lambda: not inside()) else "lives on")
    for pid in inside():
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass


def die_with_parent():
    without_parent(["--die-with-parent", "--unshare-pid"])


def die_with_parent_in_our_pid_namespace():
    without_parent(["--die-with-parent"])


def live_without_parent():
    without_parent(["--unshare-pid"])


def killed_monitor():
    """Its death alone ends nothing."""
    child = start(["--unshare-pid"], ["sh", "-c", "touch /shared/begun; sleep 0.6; touch /shared/late"], stdout=subprocess.DEVNULL)
    wait_for(lambda: os.path.exists(f"{FOLDER}/begun"))
    child.terminate()
    print(child.wait(), wait_for(lambda: os.path.exists(f"{FOLDER}/late")))


def joined_user_namespace():
    """--userns: in the one that exists, with its ids; --userns2 after the mounts."""
    reader, writer = os.pipe()
    release, held = os.pipe()
    holder = start(["--unshare-user", "--info-fd", writer, "--block-fd", release], ["true"], (writer, release))
    os.close(writer)
    pid = json.loads(read_all(reader))["child-pid"]
    # The last of its namespaces, not one on the way: it waits on --block-fd only when all are made.
    wait_for(lambda: open(f"/proc/{pid}/syscall").read().split()[:2] == ["0", hex(release)])
    user = os.open(f"/proc/{pid}/ns/user", os.O_RDONLY)
    words = [word for word in SYSTEM if word not in ("--dev", "/dev")]
    script = "readlink /proc/self/ns/user; cat /proc/self/uid_map; grep -c '^Cap[A-Z][a-z]*:.0000000000000000' /proc/self/status; id -u"
    done = subprocess.run([LAUNCHER, *words, "--userns", str(user), "sh", "-c", script], pass_fds=(user,), capture_output=True, text=True)
    lines = done.stdout.split()
    print(done.returncode, lines[0] == os.readlink(f"/proc/{pid}/ns/user"), lines[1:3], lines[4:])
    os.close(held)
    holder.wait()


def joined_pid_namespace():
    """--pidns: beside the processes of another sandbox; with --unshare-pid below them."""
    reader, writer = os.pipe()
    holder = start(["--unshare-user", "--unshare-pid", "--info-fd", writer], ["sleep", "20"], (writer,), stdout=subprocess.DEVNULL)
    os.close(writer)
    pid = json.loads(read_all(reader))["child-pid"]
    wait_for(lambda: len(open(f"/proc/{pid}/task/{pid}/children").read().split()) == 1)
    inner = int(open(f"/proc/{pid}/task/{pid}/children").read())
    # The namespace that owns it lies above the one of the program. Until init is executed nobody may look.
    wait_for(lambda: os.access(f"/proc/{pid}/ns/pid", os.R_OK) and os.readlink(f"/proc/{pid}/ns/pid") != "")
    pids = os.open(f"/proc/{pid}/ns/pid", os.O_RDONLY)
    NS_GET_USERNS = 0xB701
    user = fcntl.ioctl(pids, NS_GET_USERNS)
    for more in ([], ["--unshare-pid"]):
        reader, writer = os.pipe()
        words = [word for word in SYSTEM if word not in ("--dev", "/dev")]
        arguments = [LAUNCHER, *words, "--userns", user, "--pidns", pids, "--json-status-fd", writer, *more, "sh", "-c", "set -- /proc/[0-9]*; echo $#; readlink /proc/self/ns/pid; exit 5"]
        done = subprocess.run([str(word) for word in arguments], pass_fds=(user, pids, writer), capture_output=True, text=True, timeout=20)
        os.close(writer)
        lines = done.stdout.split()
        status = read_all(reader).splitlines()
        same = lines[1] == os.readlink(f"/proc/{pid}/ns/pid") if len(lines) > 1 else None
        print(done.returncode, same, int(lines[0]) if same is False else "", status[-1:], json.loads(status[0])["child-pid"] > 2)
    os.kill(inner, signal.SIGKILL)
    holder.wait()


def maps_from_outside():
    """--userns-block-fd: an outside helper writes the maps, then lets go."""
    reader, writer = os.pipe()
    release, held = os.pipe()
    words = [word for word in SYSTEM if word not in ("--dev", "/dev")]
    arguments = [LAUNCHER, *words, "--unshare-user", "--uid", 0, "--gid", 0, "--info-fd", writer, "--userns-block-fd", release, "cat", "/proc/self/uid_map"]
    child = subprocess.Popen([str(word) for word in arguments], pass_fds=(writer, release), stdout=subprocess.PIPE, text=True)
    os.close(writer)
    pid = json.loads(read_all(reader))["child-pid"]
    for name, text in (("uid_map", f"0 {os.getuid()} 1"), ("setgroups", "deny"), ("gid_map", f"0 {os.getgid()} 1")):
        with open(f"/proc/{pid}/{name}", "w") as file:
            file.write(text)
    os.write(held, b"x")
    print(child.wait(), child.stdout.read().split() == ["0", str(os.getuid()), "1"])


def no_more_user_namespaces():
    script = "unshare -U true 2>/dev/null && echo more; unshare -Ur true 2>/dev/null && echo more; cat /proc/sys/user/max_user_namespaces"
    print(run(["--unshare-user", "--disable-userns"], ["sh", "-c", script]))
    print(run(["--unshare-user", "--assert-userns-disabled"], ["true"])[0])


def inherited_descriptors():
    """Every one that the caller left open, but those that were arguments."""
    with open(f"{FOLDER}/data", "w") as file:
        file.write("data")
    plain = os.open(FOLDER, os.O_RDONLY)
    data = os.open(f"{FOLDER}/data", os.O_RDONLY)
    code, text = run(["--file", data, "/data"], ["sh", "-c", f"ls -d /proc/self/fd/{plain} /proc/self/fd/{data} 2>/dev/null"], (plain, data))
    print(code != 0, text == f"/proc/self/fd/{plain}")


def terminal_signals():
    """A Ctrl-C is for the whole group: it ends the program and, by default, the monitor."""
    child = start(["--unshare-pid"], ["sh", "-c", "trap 'touch /shared/told; exit 0' INT; touch /shared/begun; while :; do sleep 0.05; done"], start_new_session=True)
    wait_for(lambda: os.path.exists(f"{FOLDER}/begun"))
    os.killpg(child.pid, signal.SIGINT)
    print(child.wait(), wait_for(lambda: os.path.exists(f"{FOLDER}/told")))


def magic_link_source():
    """A source named by descriptor is found again by its path."""
    os.mkdir(f"{FOLDER}/by-fd")
    open(f"{FOLDER}/by-fd/file", "w").close()
    folder = os.open(f"{FOLDER}/by-fd", os.O_PATH)
    print(run(["--bind", f"/proc/self/fd/{folder}", "/m"], ["ls", "/m"], (folder,)))
    print(run(["--bind-fd", folder, "/m"], ["ls", "/m"], (folder,)))
    os.rename(f"{FOLDER}/by-fd", f"{FOLDER}/moved")
    os.mkdir(f"{FOLDER}/by-fd")
    print(run(["--bind-fd", folder, "/m"], ["ls", "/m"], (folder,)))
    os.rename(f"{FOLDER}/moved", f"{FOLDER}/gone")
    subprocess.run(["rm", "-r", f"{FOLDER}/gone"], check=True)
    print(run(["--bind-fd", folder, "/m"], ["ls", "/m"], (folder,))[0])


def later_mounts_arrive():
    """Of the host's, as a slave; only root can tell."""
    if os.getuid() != 0:
        print("arrived", "gone")
        return
    libc = ctypes.CDLL(None, use_errno=True)
    libc.unshare(0x20000)
    place = f"{FOLDER}/place".encode()
    os.mkdir(place)
    libc.mount(b"none", b"/", None, 0x100000 | 0x4000, None)
    libc.mount(FOLDER.encode(), FOLDER.encode(), None, 0x1000, None)
    libc.mount(b"none", FOLDER.encode(), None, 0x100000, None)
    child = start([], ["sh", "-c", "touch /shared/begun; while [ ! -e /shared/place/file ]; do sleep 0.02; done; echo arrived"], stdout=subprocess.PIPE, text=True)
    wait_for(lambda: os.path.exists(f"{FOLDER}/begun"))
    libc.mount(b"tmpfs", place, b"tmpfs", 0, None)
    open(place + b"/file", "w").close()
    try:
        text = child.communicate(timeout=3)[0].strip()
    except subprocess.TimeoutExpired:
        child.kill()
        text = "did not arrive"
    libc.umount2(place, 2)
    libc.umount2(FOLDER.encode(), 2)
    print(text, "gone")


def overlays():
    """Layers, the last on top; what is written lies in the upper folder, or nowhere."""
    for name in ("one", "two", "up", "work"):
        os.makedirs(f"{FOLDER}/{name}")
    for name, text in (("one/same", "1"), ("two/same", "2"), ("one/first", "1")):
        with open(f"{FOLDER}/{name}", "w") as file:
            file.write(text)
    sources = ["--overlay-src", f"{FOLDER}/one", "--overlay-src", f"{FOLDER}/two"]
    script = "cat /o/same; ls /o | wc -l; echo 3 2>/dev/null > /o/same; cat /o/same"
    print(run([*sources, "--overlay", f"{FOLDER}/up", f"{FOLDER}/work", "/o"], ["sh", "-c", script]), os.listdir(f"{FOLDER}/up"))
    print(run([*sources, "--tmp-overlay", "/o"], ["sh", "-c", script]), open(f"{FOLDER}/two/same").read())
    print(run([*sources, "--ro-overlay", "/o"], ["sh", "-c", script]))
    print(run([*sources, "--tmp-overlay", "/o", "--overlay-src", f"{FOLDER}/one", "--tmp-overlay", "/p"], ["sh", "-c", "echo x > /o/new; ls /p; ls / | tr '\\n' ' '"]))
    many = [word for index in range(40) for word in ("--overlay-src", f"{FOLDER}/layer-{index}")]
    for index in range(40):
        os.makedirs(f"{FOLDER}/layer-{index}")
    strange = f"{FOLDER}/a,b:c\\d"
    os.makedirs(strange)
    open(f"{strange}/strange", "w").close()
    print(run(["--overlay-src", strange, "--overlay-src", f"{FOLDER}/one", "--ro-overlay", "/o"], ["ls", "/o/strange"]))
    for words in (["--overlay-src", "/usr"], ["--ro-overlay", "/o"], ["--overlay-src", "/usr", "--ro-overlay", "/o"], ["--overlay-src", "/usr", "--dir", "/o"], ["--tmp-overlay", "/o"]):
        print(run(words, ["true"])[0], end=" ")
    print(run([*many, "--tmp-overlay", "/o"], ["true"])[0])


globals()[NAME]()
