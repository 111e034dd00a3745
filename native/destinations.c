// Places inside the new root. The host's tree is gone by now; on top of that every path is resolved by the kernel within `box->root`
// (RESOLVE_IN_ROOT, no magic links), so a link that an app planted in a granted folder leads nowhere else than where the app itself could go.
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sandbox.h"
#include "syscalls.h"

#define RACE_RETRIES 128

static int open_in_root(const struct sandbox *box, const char *path, uint64_t flags, uint64_t mode) {
  for (int attempt = 0;; attempt++) {
    const int found = sys_openat2(box->root, path, flags | O_CLOEXEC, mode, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
    // The kernel asks for another try where a rename elsewhere disturbed the walk.
    if (found >= 0 || errno != EAGAIN || attempt == RACE_RETRIES) return found;
  }
}

bool destination_is_root(const char *path) {
  return path[strspn(path, "/")] == '\0';
}

int destination_open(const struct sandbox *box, const struct operation *operation, uint64_t flags) {
  const int found = open_in_root(box, operation->destination, flags, (flags & O_CREAT) != 0 ? operation->mode : 0);
  if (found < 0) sandbox_stop(box, operation, "destination", operation->destination);
  return found;
}

// Length of the parent's path; *name is the last component without trailing slashes, copied behind `path`'s parent in place.
static size_t split(char *path, const char **name) {
  size_t length = strlen(path);
  while (length > 1 && path[length - 1] == '/') path[--length] = '\0';
  char *slash = strrchr(path, '/');
  *name = slash == NULL ? path : slash + 1;
  return slash == NULL ? 0 : (size_t)(slash - path);
}

static int make_directories(const struct sandbox *box, const char *path, size_t length, mode_t mode) {
  char buffer[PATH_MAX];
  if (length == 0) return open_in_root(box, "/", O_PATH | O_DIRECTORY, 0);
  memcpy(buffer, path, length);
  buffer[length] = '\0';
  const int found = open_in_root(box, buffer, O_PATH | O_DIRECTORY, 0);
  if (found >= 0 || errno != ENOENT) return found;
  const char *name = NULL;
  const size_t parent_length = split(buffer, &name);
  const int parent = make_directories(box, path, parent_length, mode);
  if (parent < 0) return -1;
  const int made = mkdirat(parent, name, mode);
  const int error = errno;
  close(parent);
  errno = error;
  if (made != 0 && errno != EEXIST) return -1;
  buffer[parent_length] = '/';
  return open_in_root(box, buffer, O_PATH | O_DIRECTORY, 0);
}

void destination_let_parent_go(struct sandbox *box) {
  if (box->parent >= 0) close(box->parent);
  box->parent = -1;
}

// One directory takes many mounts, so the last one stays open. INVARIANT: it is used again only where it lies on the base, which no other process reaches, and
// only until this one puts a mount anywhere but on an entry that it made in it a moment ago (destination_attach, and bind_link, whose link may lie on the path).
static int hold_parent(struct sandbox *box, const char *path, size_t length, mode_t mode) {
  struct stat found;
  if (box->parent >= 0 && box->parent_private && length == box->parent_length && memcmp(path, box->parent_path, length) == 0) return box->parent;
  destination_let_parent_go(box);
  box->parent = make_directories(box, path, length, mode);
  if (box->parent < 0 || fstat(box->parent, &found) != 0) return -1;
  box->parent_private = found.st_dev == box->base_device;
  box->parent_length = length;
  memcpy(box->parent_path, path, length);
  return box->parent;
}

int destination_parent(struct sandbox *box, const struct operation *operation, const char **name) {
  char path[PATH_MAX];
  const size_t length = strlen(operation->destination);
  if (length >= sizeof path) {
    errno = ENAMETOOLONG;
    sandbox_stop(box, operation, "destination", operation->destination);
  }
  memcpy(path, operation->destination, length + 1);
  const char *last = NULL;
  const size_t parent_length = split(path, &last);
  *name = operation->destination + (last - path);
  // As bubblewrap: parents of something that group or others may not enter are not open to them either.
  mode_t mode = 0755;
  // bubblewrap takes an operation that has no mode for one of mode 0, so the parents of its binds are the owner's alone.
  const bool closed = box->plan->bubblewrap && operation->kind != OPERATION_DIRECTORY && operation->kind != OPERATION_TMPFS && operation->kind != OPERATION_FILE;
  const mode_t wanted = operation->has_mode ? operation->mode : closed ? 0 : 0777;
  if ((wanted & 070) == 0) mode &= ~(mode_t)050;
  if ((wanted & 07) == 0) mode &= ~(mode_t)05;
  const int parent = hold_parent(box, path, parent_length, mode);
  if (parent < 0) sandbox_stop(box, operation, "destination", operation->destination);
  return parent;
}

// True where the entry was not there. `name` has no slashes.
static bool make_mount_point(const struct sandbox *box, const struct operation *operation, const char *name, bool directory) {
  const int made = directory ? mkdirat(box->parent, name, 0755) : openat(box->parent, name, O_CREAT | O_EXCL | O_NOFOLLOW | O_RDONLY | O_CLOEXEC, 0444);
  if (made < 0 && errno != EEXIST) sandbox_stop(box, operation, "destination", operation->destination);
  if (made >= 0 && !directory) close(made);
  return made >= 0;
}

static void copy_plain(const struct sandbox *box, const struct operation *operation, const char *name, char plain[NAME_MAX + 1]) {
  const size_t length = strcspn(name, "/");
  if (length > NAME_MAX) {
    errno = ENAMETOOLONG;
    sandbox_stop(box, operation, "destination", operation->destination);
  }
  memcpy(plain, name, length);
  plain[length] = '\0';
}

// True where `path` names an entry of the parent that is held and still leads where it did.
static bool lies_in_parent(const struct sandbox *box, const char *path, const char **name) {
  const char *slash = strrchr(path, '/');
  *name = slash == NULL ? path : slash + 1;
  if (box->parent < 0 || !box->parent_private || slash == NULL || (size_t)(slash - path) != box->parent_length) return false;
  return memcmp(path, box->parent_path, box->parent_length) == 0 && **name != '\0' && strlen(*name) <= NAME_MAX;
}

// Most often the parent is known and the entry is new: then nothing of the new root has to be looked up again.
static bool attach_in_parent(const struct sandbox *box, const struct operation *operation, int tree, bool directory) {
  const char *name = NULL;
  if (!lies_in_parent(box, operation->destination, &name) || !make_mount_point(box, operation, name, directory)) return false;
  if (sys_move_mount(tree, "", box->parent, name, MOVE_MOUNT_F_EMPTY_PATH) != 0) sandbox_stop(box, operation, "attach", operation->destination);
  return true;
}

static void attach_at(struct sandbox *box, const struct operation *operation, int tree, int target) {
  if (sys_move_mount(tree, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) != 0) sandbox_stop(box, operation, "attach", operation->destination);
  destination_let_parent_go(box);
}

void destination_attach(struct sandbox *box, const struct operation *operation, int tree, bool directory) {
  char plain[NAME_MAX + 1];
  const char *name = NULL;
  if (destination_is_root(operation->destination)) {
    attach_at(box, operation, tree, box->root);
    // From now on the plan's own root counts; the base stays below until the end and holds nothing but data on its way.
    box->root = tree;
    return;
  }
  if (attach_in_parent(box, operation, tree, directory)) return;
  int target = open_in_root(box, operation->destination, O_PATH, 0);
  if (target < 0 && errno != ENOENT) sandbox_stop(box, operation, "destination", operation->destination);
  if (target < 0) {
    (void)destination_parent(box, operation, &name);
    if (attach_in_parent(box, operation, tree, directory)) return;
    copy_plain(box, operation, name, plain);
    (void)make_mount_point(box, operation, plain, directory);
    // Once more through the root: what lies there now is what gets covered. A dangling link stays an error.
    target = destination_open(box, operation, O_PATH);
  }
  attach_at(box, operation, tree, target);
  close(target);
}
