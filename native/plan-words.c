// Every word of a plan: bubblewrap's and our own.
#include <linux/sched.h>
#include <string.h>

#include "plan-decoder.h"

static const struct word WORDS[] = {
  {"--unshare-user", 0, UNSHARE, 0, CLONE_NEWUSER}, {"--unshare-user-try", 0, UNSHARE_USER_TRY, 0, 0}, {"--unshare-pid", 0, UNSHARE, 0, CLONE_NEWPID},
  {"--unshare-ipc", 0, UNSHARE, 0, CLONE_NEWIPC}, {"--unshare-uts", 0, UNSHARE, 0, CLONE_NEWUTS}, {"--unshare-cgroup", 0, UNSHARE, 0, CLONE_NEWCGROUP},
  {"--unshare-cgroup-try", 0, UNSHARE_CGROUP_TRY, 0, 0}, {"--unshare-net", 0, UNSHARE, 0, CLONE_NEWNET}, {"--unshare-all", 0, UNSHARE_ALL, 0, 0},
  {"--share-net", 0, SHARE_NETWORK, 0, 0}, {"--share-ipc", 0, SHARE_IPC, 0, OURS}, {"--userns", 1, JOIN_USER, 0, THEIRS},
  {"--userns2", 1, JOIN_LAST_USER, 0, THEIRS}, {"--pidns", 1, JOIN_PID, 0, THEIRS}, {"--uid", 1, ID_USER, 0, THEIRS}, {"--gid", 1, ID_GROUP, 0, THEIRS},
  {"--disable-userns", 0, NO_USER_NAMESPACES, 0, 0}, {"--assert-userns-disabled", 0, ASSERT_NO_USER_NAMESPACES, 0, THEIRS},
  {"--new-session", 0, NEW_SESSION, 0, 0}, {"--die-with-parent", 0, DIE_WITH_PARENT, 0, 0}, {"--as-pid-1", 0, AS_PID_1, 0, THEIRS},
  {"--level-prefix", 0, LEVEL_PREFIX, 0, THEIRS}, {"--exec-label", 1, LABEL, 0, THEIRS}, {"--file-label", 1, LABEL, 0, THEIRS},
  {"--cap-add", 1, ADD_CAPABILITY, 0, THEIRS}, {"--cap-drop", 1, DROP_CAPABILITY, 0, THEIRS}, {"--lock-file", 1, LOCK_FILE, 0, 0},
  {"--sync-fd", 1, SYNC, 0, THEIRS}, {"--block-fd", 1, BLOCK, 0, THEIRS}, {"--userns-block-fd", 1, MAPS_BLOCK, 0, THEIRS},
  {"--info-fd", 1, INFORMATION, 0, THEIRS}, {"--json-status-fd", 1, STATUS, 0, THEIRS}, {"--args", 1, ARGUMENTS, 0, THEIRS | MODIFIES},
  {"--timing", 0, TIMING, 0, OURS}, {"--name-data", 0, NAME_DATA, 0, OURS}, {"--hostname", 1, HOSTNAME, 0, 0}, {"--setenv", 2, SET_VARIABLE, 0, 0},
  {"--unsetenv", 1, UNSET_VARIABLE, 0, 0}, {"--clearenv", 0, CLEAR_ENVIRONMENT, 0, 0}, {"--pass-env", 1, PASS_VARIABLE, 0, OURS},
  {"--chdir", 1, CHDIR, 0, 0}, {"--argv0", 1, ARGV0, 0, 0}, {"--seccomp", 1, FILTER, 0, 0}, {"--add-seccomp-fd", 1, ADD_FILTER, 0, THEIRS},
  {"--perms", 1, PERMISSIONS, 0, MODIFIES}, {"--size", 1, SIZE, 0, MODIFIES}, {"--source", 3, SOURCE, 0, OURS | MODIFIES}, {"--op", 1, OP, 0, OURS | MODIFIES},
  {"--scope", 1, SCOPE, 0, OURS}, {"--landlock", 1, LANDLOCK, 0, OURS}, {"--landlock-path", 2, LANDLOCK_PATH, 0, OURS},
  {"--instance-dir", 1, INSTANCE_DIRECTORY, 0, OURS}, {"--connector", 1, CONNECTOR, 0, OURS},
  {"--connector-bus", 2, CONNECTOR_BUS, 0, OURS}, {"--caller-args", 1, CALLER_ARGUMENTS, 0, OURS}, {"--keep-fd", 1, KEEP, 0, OURS},
  {"--bind", 2, MOUNT_SOURCE, OPERATION_BIND, 0}, {"--bind-try", 2, MOUNT_SOURCE, OPERATION_BIND, MAY_BE_ABSENT},
  {"--ro-bind", 2, MOUNT_SOURCE, OPERATION_BIND, READ_ONLY}, {"--ro-bind-try", 2, MOUNT_SOURCE, OPERATION_BIND, READ_ONLY | MAY_BE_ABSENT},
  {"--dev-bind", 2, MOUNT_SOURCE, OPERATION_BIND, DEVICES}, {"--dev-bind-try", 2, MOUNT_SOURCE, OPERATION_BIND, DEVICES | MAY_BE_ABSENT},
  {"--bind-fd", 2, MOUNT_DESCRIPTOR, OPERATION_BIND, THEIRS}, {"--ro-bind-fd", 2, MOUNT_DESCRIPTOR, OPERATION_BIND, READ_ONLY | THEIRS},
  {"--overlay-src", 1, LOWER, 0, THEIRS | MODIFIES}, {"--overlay", 3, OVERLAY, OPERATION_OVERLAY, THEIRS},
  {"--tmp-overlay", 1, TEMPORARY_OVERLAY, OPERATION_OVERLAY, THEIRS}, {"--ro-overlay", 1, READ_ONLY_OVERLAY, OPERATION_OVERLAY, READ_ONLY | THEIRS},
  {"--layer", 3, LAYER, OPERATION_LAYER, OURS}, {"--layered-bind", 2, MOUNT_SOURCE, OPERATION_BIND, OURS | LAYERED},
  {"--link-bind", 2, MOUNT_SOURCE, OPERATION_LINK_BIND, OURS}, {"--listen", 2, MAKE_LINK, OPERATION_LISTEN, OURS},
  {"--wayland-context", 3, MAKE_CONTEXT, OPERATION_WAYLAND, OURS}, {"--x11-server", 3, MAKE_CONTEXT, OPERATION_X11_SERVER, OURS},
  {"--x11-clipboard", 2, MAKE_LINK, OPERATION_X11_CLIPBOARD, OURS},
  {"--symlink", 2, MAKE_LINK, OPERATION_SYMLINK, 0}, {"--tmpfs", 1, MOUNT_PLAIN, OPERATION_TMPFS, TAKES_MODE | TAKES_SIZE},
  {"--dir", 1, MOUNT_PLAIN, OPERATION_DIRECTORY, TAKES_MODE}, {"--proc", 1, MOUNT_PLAIN, OPERATION_PROC, 0},
  {"--sysfs", 1, MOUNT_PLAIN, OPERATION_SYSFS, OURS}, {"--whole-proc", 1, MOUNT_PLAIN, OPERATION_PROC, OURS | WHOLE},
  {"--dev", 1, MOUNT_PLAIN, OPERATION_DEV, 0},
  {"--mqueue", 1, MOUNT_PLAIN, OPERATION_MQUEUE, 0}, {"--remount-ro", 1, MOUNT_PLAIN, OPERATION_REMOUNT_RO, 0},
  {"--init", 1, MOUNT_PLAIN, OPERATION_INIT, OURS}, {"--file", 2, WRITE_DATA, OPERATION_FILE, TAKES_MODE},
  {"--bind-data", 2, WRITE_DATA, OPERATION_BIND_DATA, TAKES_MODE}, {"--ro-bind-data", 2, WRITE_DATA, OPERATION_BIND_DATA, TAKES_MODE | READ_ONLY},
  {"--chmod", 2, CHANGE_MODE, OPERATION_CHMOD, 0},
};

const struct word *word_find(const char *name, bool bubblewrap) {
  for (size_t i = 0; i < sizeof WORDS / sizeof WORDS[0]; i++)
    if (strcmp(WORDS[i].name, name) == 0) return (WORDS[i].action != UNSHARE && (WORDS[i].flags & (bubblewrap ? OURS : THEIRS)) != 0) ? NULL : &WORDS[i];
  return NULL;
}
