// Buses and portals identify a caller by the process that called connect(): by its pid and /proc/PID/root/.flatpak-info. So every upstream
// connection of an app is made here, in a process whose root holds the app's identity and the bus sockets, and nothing else.
// It is dumpable on purpose (portals must read its root) and lives in the host's pid and network namespaces.
#include "connector.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capabilities.h"
#include "connector-serve.h"
#include "sandbox.h"
#include "syscalls.h"

_Noreturn static void stop(const struct connector *connector, const char *detail) {
  fail(connector->report, "connector", -1, errno, detail);
}

static void write_map(const struct connector *connector, const char *path, const char *text) {
  const int file = open(path, O_WRONLY | O_CLOEXEC);
  if (file < 0 || write(file, text, strlen(text)) != (ssize_t)strlen(text)) stop(connector, path);
  close(file);
}

static void enter_namespaces(const struct connector *connector) {
  char uid[48];
  char gid[48];
  const struct mount_attr private = {.propagation = MS_PRIVATE};
  snprintf(uid, sizeof uid, "%u %u 1\n", connector->caller->uid, connector->caller->uid);
  snprintf(gid, sizeof gid, "%u %u 1\n", connector->caller->gid, connector->caller->gid);
  if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) stop(connector, "unshare");
  write_map(connector, "/proc/self/uid_map", uid);
  write_map(connector, "/proc/self/setgroups", "deny");
  write_map(connector, "/proc/self/gid_map", gid);
  if (sys_mount_setattr(AT_FDCWD, "/", AT_RECURSIVE, &private) != 0) stop(connector, "mount_setattr /");
}

static int clone_bus(const struct connector *connector, const struct bus *bus) {
  const char *path = bus->address;
  struct stat found;
  // Links are followed here: an address such as /var/run/dbus/system_bus_socket is the host's own.
  const int source = sys_openat2(AT_FDCWD, path, O_PATH | O_CLOEXEC, 0, RESOLVE_NO_MAGICLINKS);
  if (source < 0 || fstat(source, &found) != 0) stop(connector, path);
  if (!S_ISSOCK(found.st_mode)) {
    errno = ENOTSOCK;
    stop(connector, path);
  }
  // An address may lie in /tmp, where whoever has this uid can put another socket in its place.
  if (!source_is(&bus->expected, source)) fail(connector->report, "source-changed", -1, errno, path);
  const int tree = sys_open_tree(source, "", AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
  if (tree < 0) stop(connector, path);
  close(source);
  return tree;
}

static void write_identity(const struct connector *connector, int root) {
  const struct data *identity = &connector->plan->connector_identity;
  const int file = openat(root, ".flatpak-info", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444);
  if (file < 0 || write(file, identity->bytes, identity->length) != (ssize_t)identity->length) stop(connector, ".flatpak-info");
  close(file);
}

static void build_root(const struct connector *connector) {
  static const char *const OPTIONS[][2] = {{"mode", "0755"}, {"size", "1048576"}};
  const unsigned attributes = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
  const struct mount_attr read_only = {.attr_set = MOUNT_ATTR_RDONLY};
  int trees[MAX_BUSES];
  for (size_t i = 0; i < connector->plan->bus_count; i++) {
    const struct bus *bus = &connector->plan->buses[i];
    trees[i] = bus->address[0] == '/' ? clone_bus(connector, bus) : -1;
  }
  const int root = mount_new("tmpfs", OPTIONS, 2, attributes);
  if (root < 0) stop(connector, "tmpfs");
  if (sys_move_mount(root, "", AT_FDCWD, "/", MOVE_MOUNT_F_EMPTY_PATH) != 0 || fchdir(root) != 0 || sys_pivot_root(".", ".") != 0) stop(connector, "pivot_root");
  if (sys_umount2(".", TSBOX_MNT_DETACH) != 0 || chdir("/") != 0) stop(connector, "umount2");
  write_identity(connector, root);
  for (size_t i = 0; i < connector->plan->bus_count; i++) {
    char name[CONNECTOR_BUS_NAME];
    if (trees[i] < 0) continue;
    connector_bus_path(name, i);
    const int place = openat(root, name, O_CREAT | O_EXCL | O_RDONLY | O_CLOEXEC, 0444);
    if (place < 0 || sys_move_mount(trees[i], "", root, name, MOVE_MOUNT_F_EMPTY_PATH) != 0) stop(connector, connector->plan->buses[i].address);
    close(place);
    close(trees[i]);
  }
  if (sys_mount_setattr(root, "", AT_EMPTY_PATH, &read_only) != 0) stop(connector, "mount_setattr");
  close(root);
}

static void drop_rights(const struct connector *connector) {
  struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
  const struct __user_cap_data_struct none[2] = {{0}};
  const char *what = NULL;
  if (!capabilities_bound(0, &what)) stop(connector, what);
  if (syscall(SYS_capset, &header, none) != 0) stop(connector, "capset");
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) != 0) stop(connector, "prctl");
}

// The command line that ps shows: the front's own would tell the app's arguments twice.
static void rename_process(const struct connector *connector) {
  static const char NAME[] = "tsbox-connector";
  const struct caller *caller = connector->caller;
  char *start = caller->argv[-1];
  char *end = start + strlen(start) + 1;
  for (int i = 0; i < caller->argc; i++)
    if (caller->argv[i] == end) end += strlen(end) + 1;
  memset(start, 0, (size_t)(end - start));
  memcpy(start, NAME, (size_t)(end - start) > sizeof NAME ? sizeof NAME : (size_t)(end - start) - 1);
  (void)prctl(PR_SET_NAME, NAME, 0, 0, 0);
}

// Only what serving needs stays, under numbers that connector-serve.c knows.
static void keep_descriptors(const struct connector *connector) {
  const int wanted[CONNECTOR_DESCRIPTORS] = {connector->null, connector->null, connector->null, connector->requests, connector->init, connector->report, connector->reference};
  int high[CONNECTOR_DESCRIPTORS];
  for (int i = 0; i < CONNECTOR_DESCRIPTORS; i++) {
    high[i] = wanted[i] < 0 ? -1 : fcntl(wanted[i], F_DUPFD_CLOEXEC, 64);
    if (wanted[i] >= 0 && high[i] < 0) stop(connector, "dup");
  }
  for (int i = 0; i < CONNECTOR_DESCRIPTORS; i++) {
    if (high[i] >= 0 && dup3(high[i], i, i > 2 ? O_CLOEXEC : 0) < 0) stop(connector, "dup3");
    if (high[i] < 0) close(i);
  }
  if (sys_close_range(CONNECTOR_DESCRIPTORS, ~0U, 0) != 0) stop(connector, "close_range");
}

void connector_run(const struct connector *connector) {
  umask(0);
  if (setsid() < 0) stop(connector, "setsid");
  rename_process(connector);
  enter_namespaces(connector);
  build_root(connector);
  drop_rights(connector);
  keep_descriptors(connector);
  connector_serve(connector->plan);
}
