// The operations of a plan, in their order, one function per kind.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "sandbox.h"
#include "syscalls.h"

#define DATA_NAME ".tsbox-data"
#define LISTEN_BACKLOG 128

static void bind_tree(struct sandbox *box, const struct operation *operation) {
  if (operation->tree < 0) return; // absent, and may be
  destination_attach(box, operation, operation->tree, operation->is_directory);
  if (operation->tree != box->root) close(operation->tree);
}

static void bind_link(struct sandbox *box, const struct operation *operation) {
  const char *name = NULL;
  const int parent = destination_parent(box, operation, &name);
  const int link = openat(parent, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
  if (link < 0) sandbox_stop(box, operation, "destination", operation->destination);
  if (sys_move_mount(operation->tree, "", link, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) != 0) sandbox_stop(box, operation, "attach", operation->destination);
  close(link);
  close(operation->tree);
  destination_let_parent_go(box);
}

static void mount_tmpfs(struct sandbox *box, const struct operation *operation) {
  char mode[16];
  char size[24];
  const char *const options[][2] = {{"mode", mode}, {"size", size}};
  snprintf(mode, sizeof mode, "0%o", operation->has_mode ? operation->mode : 0755U);
  snprintf(size, sizeof size, "%llu", (unsigned long long)operation->size_bytes);
  const int tree = mount_new("tmpfs", options, operation->size_bytes > 0 ? 2 : 1, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
  if (tree < 0) sandbox_stop(box, operation, "tmpfs", operation->destination);
  destination_attach(box, operation, tree, true);
  if (tree != box->root) close(tree);
}

static void mount_mqueue(struct sandbox *box, const struct operation *operation) {
  const int tree = mount_new("mqueue", NULL, 0, box->plan->bubblewrap ? 0 : MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
  if (tree < 0) sandbox_stop(box, operation, "mqueue", operation->destination);
  destination_attach(box, operation, tree, true);
  close(tree);
}

// What root of the host could write through procfs without any capability stays read-only, whoever runs.
static void mount_proc(struct sandbox *box, const struct operation *operation) {
  static const char *const CLOSED[] = {"sys", "sysrq-trigger", "irq", "bus"};
  // A procfs that is the host's may have mounts below, and the kernel does not let them be left behind.
  const unsigned below = box->plan->bubblewrap ? AT_RECURSIVE : 0;
  const struct mount_attr read_only = {.attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC};
  destination_attach(box, operation, operation->tree, true);
  // INVARIANT: never for uid 0 (plan-take.c). To everyone else what is covered here belongs to another user, who is not in the app's id map.
  if (operation->whole) return;
  for (size_t i = 0; i < sizeof CLOSED / sizeof CLOSED[0]; i++) {
    const int cover = sys_open_tree(operation->tree, CLOSED[i], OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_SYMLINK_NOFOLLOW | below);
    if (cover < 0 && errno == ENOENT) continue; // not in this kernel
    if (cover < 0 || sys_mount_setattr(cover, "", AT_EMPTY_PATH | below, &read_only) != 0 || sys_move_mount(cover, "", operation->tree, CLOSED[i], MOVE_MOUNT_F_EMPTY_PATH) != 0)
      sandbox_stop(box, operation, "proc", CLOSED[i]);
    close(cover);
  }
}

static void make_directory(struct sandbox *box, const struct operation *operation) {
  struct stat found;
  const char *name = NULL;
  if (destination_is_root(operation->destination)) return;
  const int parent = destination_parent(box, operation, &name);
  if (mkdirat(parent, name, operation->has_mode ? operation->mode : 0755) == 0) return;
  const int error = errno;
  const int existing = sys_openat2(box->root, operation->destination, O_PATH | O_CLOEXEC, 0, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
  // bubblewrap lets a link stand there that leads nowhere: `--symlink usr/lib64 /lib64 --dir /lib64`, where the runtime has no such folder.
  const bool dangling = box->plan->bubblewrap && error == EEXIST && existing < 0 && errno == ENOENT;
  const bool good = dangling || (existing >= 0 && fstat(existing, &found) == 0 && S_ISDIR(found.st_mode));
  if (existing >= 0) close(existing);
  errno = existing >= 0 ? ENOTDIR : error;
  if (!good) sandbox_stop(box, operation, "directory", operation->destination);
}

static void make_symlink(struct sandbox *box, const struct operation *operation) {
  char found[4096];
  const char *name = NULL;
  const int parent = destination_parent(box, operation, &name);
  if (symlinkat(operation->source, parent, name) != 0) {
    const int error = errno;
    const ssize_t length = readlinkat(parent, name, found, sizeof found);
    const bool same = error == EEXIST && length == (ssize_t)strlen(operation->source) && memcmp(found, operation->source, (size_t)length) == 0;
    errno = error;
    if (!same) sandbox_stop(box, operation, "symlink", operation->destination);
  }
}

static void write_data(const struct sandbox *box, const struct operation *operation, int file) {
  for (size_t done = 0; done < operation->data.length;) {
    const ssize_t wrote = write(file, operation->data.bytes + done, operation->data.length - done);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) sandbox_stop(box, operation, "file", operation->destination);
    done += (size_t)wrote;
  }
  close(file);
}

static void make_file(struct sandbox *box, struct operation *operation) {
  const char *name = NULL;
  if (!operation->has_mode) operation->mode = 0666;
  (void)destination_parent(box, operation, &name);
  write_data(box, operation, destination_open(box, operation, O_WRONLY | O_CREAT | O_TRUNC));
}

// The file lives in the base for a moment and has no name afterwards, unless the plan says so: only the mount holds it.
static void bind_data(struct sandbox *box, const struct operation *operation) {
  const mode_t mode = operation->has_mode ? operation->mode : 0600;
  char name[64] = DATA_NAME;
  // With a name it can be mounted once more by a sandbox that the app makes. INVARIANT: nothing else is ever made at this place of the base.
  if (box->plan->names_data) {
    if (mkdirat(box->base, DATA_NAME, 0755) != 0 && errno != EEXIST) sandbox_stop(box, operation, "file", operation->destination);
    snprintf(name, sizeof name, DATA_NAME "/%zu", (size_t)(operation - box->plan->operations));
  }
  const int file = openat(box->base, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
  if (file < 0) sandbox_stop(box, operation, "file", operation->destination);
  write_data(box, operation, file);
  const int tree = sys_open_tree(box->base, name, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_SYMLINK_NOFOLLOW);
  const struct mount_attr attributes = {.attr_set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | (operation->read_only ? MOUNT_ATTR_RDONLY : 0U)};
  if (tree < 0) sandbox_stop(box, operation, "clone-tree", operation->destination);
  if (sys_mount_setattr(tree, "", AT_EMPTY_PATH, &attributes) != 0) sandbox_stop(box, operation, "tree-attributes", operation->destination);
  destination_attach(box, operation, tree, false);
  if (!box->plan->names_data && unlinkat(box->base, name, 0) != 0) sandbox_stop(box, operation, "file", operation->destination);
  close(tree);
}

static void remount_read_only(const struct sandbox *box, const struct operation *operation) {
  const struct mount_attr read_only = {.attr_set = MOUNT_ATTR_RDONLY | (box->plan->bubblewrap ? MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV : 0U)};
  const int place = destination_open(box, operation, O_PATH);
  if (sys_mount_setattr(place, "", AT_EMPTY_PATH, &read_only) != 0) sandbox_stop(box, operation, "remount", operation->destination);
  close(place);
}

static void change_mode(const struct sandbox *box, const struct operation *operation) {
  const int place = destination_open(box, operation, O_RDONLY | O_NONBLOCK | O_NOCTTY);
  if (fchmod(place, operation->mode) != 0) sandbox_stop(box, operation, "chmod", operation->destination);
  close(place);
}

static void listen_at(struct sandbox *box, const struct operation *operation, struct sockets *made) {
  const char *name = NULL;
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  const int parent = destination_parent(box, operation, &name);
  if (made->count == MAX_LISTENERS || strlen(name) >= sizeof address.sun_path) {
    errno = E2BIG;
    sandbox_stop(box, operation, "listen", operation->destination);
  }
  memcpy(address.sun_path, name, strlen(name) + 1);
  const int socket_ = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  // Relative to the parent that was resolved within the root; the working directory is set again before anything else uses it.
  if (socket_ < 0 || fchdir(parent) != 0 || bind(socket_, (const struct sockaddr *)&address, sizeof address) != 0) sandbox_stop(box, operation, "listen", operation->destination);
  if (fchmodat(parent, name, 0600, 0) != 0 || listen(socket_, LISTEN_BACKLOG) != 0 || chdir("/") != 0) sandbox_stop(box, operation, "listen", operation->destination);
  made->descriptors[made->count++] = socket_;
}

// A connection to what listens there, while nobody but us can have made it. It waits in the backlog until the server is up.
static void connect_to(struct sandbox *box, const struct operation *operation, struct sockets *made) {
  const char *name = NULL;
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  const int parent = destination_parent(box, operation, &name);
  if (made->count == MAX_LISTENERS || strlen(name) >= sizeof address.sun_path) {
    errno = E2BIG;
    sandbox_stop(box, operation, "listen", operation->destination);
  }
  memcpy(address.sun_path, name, strlen(name) + 1);
  const int socket_ = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (socket_ < 0 || fchdir(parent) != 0 || connect(socket_, (const struct sockaddr *)&address, sizeof address) != 0 || chdir("/") != 0) sandbox_stop(box, operation, "listen", operation->destination);
  made->descriptors[made->count++] = socket_;
}

// What is read-only where it is mounted must not be written under the name that it keeps: the app owns the files.
static void cover_names(const struct sandbox *box) {
  static const char *const OPTIONS[][2] = {{"mode", "0"}};
  if (faccessat(box->base, DATA_NAME, F_OK, AT_SYMLINK_NOFOLLOW) != 0 && errno == ENOENT) return; // no data in this plan
  const int cover = mount_new("tmpfs", OPTIONS, 1, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_RDONLY);
  if (cover < 0 || sys_move_mount(cover, "", box->base, DATA_NAME, MOVE_MOUNT_F_EMPTY_PATH) != 0) sandbox_stop(box, NULL, "file", DATA_NAME);
  close(cover);
}

// The broker gets its sockets while the rest is built: what waits behind them comes up meanwhile.
static void listen_for_broker(struct sandbox *box, const struct operation *operation, bool last) {
  listen_at(box, operation, &box->listeners);
  if (!last) return;
  sandbox_report(box, REPORT_LISTENING, &box->listeners);
  for (size_t i = 0; i < box->listeners.count; i++) close(box->listeners.descriptors[i]);
  box->listeners.count = 0;
}

void operations_run(struct sandbox *box) {
  size_t wanted = 0;
  for (size_t i = 0; i < box->plan->operation_count; i++) wanted += box->plan->operations[i].kind == OPERATION_LISTEN ? 1 : 0;
  for (size_t i = 0; i < box->plan->operation_count; i++) {
    struct operation *operation = &box->plan->operations[i];
    switch (operation->kind) {
      case OPERATION_BIND: bind_tree(box, operation); break;
      case OPERATION_LINK_BIND: bind_link(box, operation); break;
      case OPERATION_TMPFS: mount_tmpfs(box, operation); break;
      case OPERATION_DIRECTORY: make_directory(box, operation); break;
      case OPERATION_SYMLINK: make_symlink(box, operation); break;
      case OPERATION_FILE: make_file(box, operation); break;
      case OPERATION_BIND_DATA: bind_data(box, operation); break;
      case OPERATION_PROC: mount_proc(box, operation); break;
      case OPERATION_OVERLAY:
      case OPERATION_SYSFS: destination_attach(box, operation, operation->tree, true); break;
      case OPERATION_DEV: devices_make(box, operation); break;
      case OPERATION_MQUEUE: mount_mqueue(box, operation); break;
      case OPERATION_REMOUNT_RO: remount_read_only(box, operation); break;
      case OPERATION_LAYER: break; // what is seen of it was cloned
      case OPERATION_CHMOD: change_mode(box, operation); break;
      case OPERATION_LISTEN: listen_for_broker(box, operation, --wanted == 0); break;
      case OPERATION_WAYLAND:
      case OPERATION_X11_SERVER: listen_at(box, operation, &box->servers); break;
      case OPERATION_X11_CLIPBOARD: connect_to(box, operation, &box->servers); break;
      case OPERATION_INIT: destination_attach(box, operation, box->init_tree, false); break;
    }
  }
  if (box->plan->names_data) cover_names(box);
}
