// What comes from the host: opened inside the new mount namespace, compared with what the plan saw, cloned, restricted. No clone is visible
// anywhere before its attributes are set. After this file's work the host's tree is not needed and can be let go.
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sandbox.h"
#include "syscalls.h"

int mount_new(const char *type, const char *const options[][2], size_t option_count, unsigned attributes) {
  const int context = sys_fsopen(type);
  if (context < 0) return -1;
  bool good = true;
  for (size_t i = 0; good && i < option_count; i++) good = sys_fsconfig(context, FSCONFIG_SET_STRING, options[i][0], options[i][1]) == 0;
  good = good && sys_fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL) == 0;
  const int mount = good ? sys_fsmount(context, attributes) : -1;
  const int error = errno;
  close(context);
  errno = error;
  return mount;
}

static char type_letter(mode_t mode) {
  switch (mode & S_IFMT) {
    case S_IFDIR: return 'd';
    case S_IFREG: return 'f';
    case S_IFSOCK: return 's';
    case S_IFCHR: return 'c';
    case S_IFBLK: return 'b';
    case S_IFLNK: return 'l';
    default: return '?';
  }
}

bool source_matches(const struct source_identity *expected, const struct stat *found) {
  if (expected->type == 0) return true;
  const bool same_type = expected->type == ANY_TYPE || type_letter(found->st_mode) == expected->type;
  errno = ESTALE;
  return same_type && found->st_dev == expected->device && found->st_ino == expected->inode;
}

bool source_is(const struct source_identity *expected, int source) {
  struct stat found;
  return expected->type == 0 || (fstat(source, &found) == 0 && source_matches(expected, &found));
}

// Restricts a detached tree, submounts included: only ever adds, so what the host locks stays locked.
static int restrict_tree(int tree, uint64_t attributes, unsigned recursive) {
  const struct mount_attr set = {.attr_set = attributes};
  return sys_mount_setattr(tree, "", AT_EMPTY_PATH | recursive, &set);
}

// Where a path leads that a command line names: links are followed, but never by descriptor, whose file would be one of the mount namespace outside.
int source_open(const struct sandbox *box, const struct operation *operation, const char *path) {
  char real[PATH_MAX];
  // A layer is a broker's, whose paths are real ones.
  const bool by_hand = operation->kind != OPERATION_LAYER;
  int source = sys_openat2(AT_FDCWD, path, O_PATH | O_CLOEXEC, 0, RESOLVE_NO_MAGICLINKS | (by_hand ? 0U : RESOLVE_NO_SYMLINKS));
  if (source < 0 && errno == ELOOP && by_hand && realpath(path, real) != NULL)
    source = sys_openat2(AT_FDCWD, real, O_PATH | O_CLOEXEC, 0, RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS);
  if (source < 0 && (errno != ENOENT || !operation->may_be_absent)) sandbox_stop(box, operation, "source", path);
  return source;
}

static int clone_source(const struct sandbox *box, struct operation *operation) {
  const bool link = operation->kind == OPERATION_LINK_BIND;
  // A broker's plan names real paths: a symbolic link on the way was put there since. A command line of bubblewrap's kind may name links.
  const bool named_by_hand = box->plan->bubblewrap || (box->plan->instance_directory == NULL && operation->expected.type == 0);
  const uint64_t resolve = link ? RESOLVE_NO_MAGICLINKS : RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  const uint64_t flags = O_PATH | O_CLOEXEC | (link ? O_NOFOLLOW : 0U);
  int source = named_by_hand && !link ? source_open(box, operation, operation->source) : sys_openat2(AT_FDCWD, operation->source, flags, 0, resolve);
  if (source < 0 && errno == ENOENT && operation->may_be_absent) return -1;
  struct stat found;
  if (source < 0 || fstat(source, &found) != 0) sandbox_stop(box, operation, "source", operation->source);
  if (!source_matches(&operation->expected, &found)) sandbox_stop(box, operation, "source-changed", operation->source);
  if (operation->layered) {
    close(source);
    source = layer_open(box, operation);
    if (fstat(source, &found) != 0) sandbox_stop(box, operation, "source", operation->source);
  }
  operation->is_directory = S_ISDIR(found.st_mode);
  const unsigned recursive = link || operation->layered ? 0 : AT_RECURSIVE;
  const int tree = sys_open_tree(source, "", AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | recursive);
  if (tree < 0) sandbox_stop(box, operation, "clone-tree", operation->source);
  const uint64_t attributes = MOUNT_ATTR_NOSUID | (operation->devices ? 0U : MOUNT_ATTR_NODEV) | (operation->read_only ? MOUNT_ATTR_RDONLY : 0U);
  if (restrict_tree(tree, attributes, recursive) != 0) sandbox_stop(box, operation, "tree-attributes", operation->source);
  close(source);
  return tree;
}

// `found` is what was cloned, whatever lay at the path a moment before.
static int clone_device(const struct sandbox *box, const struct operation *operation, const char *path, struct stat *found) {
  const int tree = sys_open_tree(AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
  if (tree < 0 || fstat(tree, found) != 0) sandbox_stop(box, operation, "clone-tree", path);
  errno = ENODEV;
  if (!S_ISCHR(found->st_mode)) sandbox_stop(box, operation, "clone-tree", path);
  if (restrict_tree(tree, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC, 0) != 0) sandbox_stop(box, operation, "tree-attributes", path);
  return tree;
}

static void open_devices(const struct sandbox *box, struct operation *operation) {
  static const char *const NODES[] = {"/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty"};
  struct stat found;
  operation->nodes = malloc(DEVICE_COUNT * sizeof *operation->nodes);
  if (operation->nodes == NULL) sandbox_stop(box, operation, "memory", NULL);
  operation->nodes[DEVICE_COUNT - 1] = -1;
  for (size_t i = 0; i < DEVICE_COUNT - 1; i++) operation->nodes[i] = clone_device(box, operation, NODES[i], &found);
  if (!box->caller->stdout_is_terminal) return;
  char terminal[PATH_MAX];
  const ssize_t length = readlink("/proc/self/fd/1", terminal, sizeof terminal - 1);
  if (length <= 0) return;
  terminal[length] = '\0';
  // A terminal of another mount namespace has no path here; the app then simply has no /dev/console, as a program without a terminal.
  struct stat by_path;
  struct stat by_descriptor;
  if (stat(terminal, &by_path) != 0 || fstat(STDOUT_FILENO, &by_descriptor) != 0 || by_path.st_rdev != by_descriptor.st_rdev || !S_ISCHR(by_path.st_mode)) return;
  operation->nodes[DEVICE_COUNT - 1] = clone_device(box, operation, terminal, &found);
  errno = ESTALE;
  if (found.st_rdev != by_descriptor.st_rdev) sandbox_stop(box, operation, "source-changed", terminal);
}

// The binary that runs here, once more: as a mount of this namespace, read-only. An app that reaches /proc/1/exe cannot write through it.
static void open_init(struct sandbox *box) {
  char path[PATH_MAX];
  const ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
  struct stat running;
  struct stat found;
  if (length <= 0 || stat("/proc/self/exe", &running) != 0) sandbox_stop(box, NULL, "init-binary", "/proc/self/exe");
  path[length] = '\0';
  const int binary = sys_openat2(AT_FDCWD, path, O_PATH | O_CLOEXEC, 0, RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS);
  if (binary < 0 || fstat(binary, &found) != 0) sandbox_stop(box, NULL, "init-binary", path);
  if (found.st_dev != running.st_dev || found.st_ino != running.st_ino) {
    errno = ESTALE;
    sandbox_stop(box, NULL, "init-binary", path);
  }
  box->init_tree = sys_open_tree(binary, "", AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
  if (box->init_tree < 0 || restrict_tree(box->init_tree, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, 0) != 0) sandbox_stop(box, NULL, "init-binary", path);
  close(binary);
}

static int clone_host_proc(void) {
  const int tree = sys_open_tree(AT_FDCWD, "/proc", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
  return tree >= 0 && restrict_tree(tree, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, AT_RECURSIVE) == 0 ? tree : -1;
}

static void raise_descriptor_limit(const struct sandbox *box) {
  // One detached tree each (a /dev has more), and what the front left open. The app gets the caller's limit back.
  const struct rlimit all = {.rlim_cur = box->caller->files.rlim_max, .rlim_max = box->caller->files.rlim_max};
  if (box->plan->operation_count + 128 > box->caller->files.rlim_cur && setrlimit(RLIMIT_NOFILE, &all) != 0) sandbox_stop(box, NULL, "descriptors", NULL);
}

void sources_open(struct sandbox *box) {
  static const unsigned KERNEL = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
  const bool own_processes = (box->plan->namespaces & CLONE_NEWPID) != 0 || box->plan->joined.pid >= 0;
  raise_descriptor_limit(box);
  if (box->plan->reaper) open_init(box);
  for (size_t i = 0; i < box->plan->operation_count; i++) {
    struct operation *operation = &box->plan->operations[i];
    switch (operation->kind) {
      case OPERATION_BIND:
      case OPERATION_LINK_BIND: operation->tree = clone_source(box, operation); break;
      case OPERATION_PROC:
        // The kernel grants a new procfs or sysfs only to who sees a whole one, so it is made now and attached later. Without a pid namespace of
        // its own, the sandbox' processes are the host's, and so is their procfs.
        operation->tree = own_processes ? mount_new("proc", NULL, 0, KERNEL) : clone_host_proc();
        if (operation->tree < 0) sandbox_stop(box, operation, "proc", operation->destination);
        if (box->proc < 0) box->proc = operation->tree;
        break;
      case OPERATION_SYSFS:
        operation->tree = mount_new("sysfs", NULL, 0, KERNEL | MOUNT_ATTR_RDONLY);
        if (operation->tree < 0) sandbox_stop(box, operation, "sysfs", operation->destination);
        break;
      case OPERATION_DEV: open_devices(box, operation); break;
      case OPERATION_OVERLAY:
      case OPERATION_LAYER: overlay_make(box, operation); break;
      default: break;
    }
  }
  layers_let_go(box);
  // The second user namespace writes its maps through procfs. A plan without one borrows the host's, by a descriptor that no operation uses.
  if (box->proc < 0) box->proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (box->proc < 0) sandbox_stop(box, NULL, "proc", "/proc");
}
