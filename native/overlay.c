// Overlay file systems, and layers that several binds are taken out of, made while the host is in view. The kernel is told the layers by descriptor, so no path is resolved twice and none has to be escaped.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sandbox.h"
#include "syscalls.h"

#define DESCRIPTOR_PATH 40
#define OPTION_BYTES 256 // what the kernel takes as one value

_Noreturn static void stop(const struct sandbox *box, const struct operation *operation) {
  sandbox_stop(box, operation, "overlay", operation->destination);
}

static void set_layer(const struct sandbox *box, const struct operation *operation, int context, const char *key, int layer) {
  char path[DESCRIPTOR_PATH];
  snprintf(path, sizeof path, "/proc/self/fd/%d", layer);
  if (sys_fsconfig(context, FSCONFIG_SET_STRING, key, path) != 0) stop(box, operation);
}

// Since Linux 6.5 one by one; before, in one value, which has room for about twelve. The last layer named lies on top and comes first.
static void set_lower(const struct sandbox *box, const struct operation *operation, int context, int *opened) {
  char all[OPTION_BYTES] = "";
  size_t length = 0;
  bool one_by_one = true;
  for (size_t i = operation->layers.count; i-- > 0;) {
    char path[DESCRIPTOR_PATH];
    opened[i] = source_open(box, operation, operation->layers.lower[i]);
    if (!source_is(&operation->expected, opened[i])) sandbox_stop(box, operation, errno == ESTALE ? "source-changed" : "source", operation->layers.lower[i]);
    snprintf(path, sizeof path, "/proc/self/fd/%d", opened[i]);
    one_by_one = one_by_one && sys_fsconfig(context, FSCONFIG_SET_STRING, "lowerdir+", path) == 0;
    if (one_by_one) continue;
    if (length + strlen(path) + 2 > sizeof all) {
      errno = E2BIG;
      stop(box, operation);
    }
    length += (size_t)snprintf(all + length, sizeof all - length, "%s%s", length == 0 ? "" : ":", path);
  }
  if (!one_by_one && sys_fsconfig(context, FSCONFIG_SET_STRING, "lowerdir", all) != 0) stop(box, operation);
}

// The kernel wants layers that are mounted. This one is until the overlay stands, on the root itself, where no path finds it. Returns its root.
static int make_temporary(const struct sandbox *box, const struct operation *operation, int *upper, int *work) {
  static const char *const OPTIONS[][2] = {{"mode", "0755"}};
  const int tree = mount_new("tmpfs", OPTIONS, 1, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
  if (tree < 0 || mkdirat(tree, "upper", 0755) != 0 || mkdirat(tree, "work", 0755) != 0) stop(box, operation);
  if (sys_move_mount(tree, "", AT_FDCWD, "/", MOVE_MOUNT_F_EMPTY_PATH) != 0) stop(box, operation);
  *upper = openat(tree, "upper", O_PATH | O_DIRECTORY | O_CLOEXEC);
  *work = openat(tree, "work", O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (*upper < 0 || *work < 0) stop(box, operation);
  return tree;
}

// INVARIANT: nothing stays on top of the old root, or letting go of the topmost mount there would not let go of the host.
static void take_off(const struct sandbox *box, const struct operation *operation, int tree) {
  char path[DESCRIPTOR_PATH];
  snprintf(path, sizeof path, "/proc/self/fd/%d", tree);
  if (sys_umount2(path, TSBOX_MNT_DETACH) != 0) stop(box, operation);
  close(tree);
}

void overlay_make(struct sandbox *box, struct operation *operation) {
  int upper = -1;
  int work = -1;
  int temporary = -1;
  if (operation->layers.upper != NULL) {
    upper = source_open(box, operation, operation->layers.upper);
    work = source_open(box, operation, operation->layers.work);
  } else if (!operation->read_only) {
    temporary = make_temporary(box, operation, &upper, &work);
  }
  int *const opened = calloc(operation->layers.count, sizeof *opened);
  const int context = sys_fsopen("overlay");
  if (context < 0 || opened == NULL) stop(box, operation);
  set_lower(box, operation, context, opened);
  if (upper >= 0) set_layer(box, operation, context, "upperdir", upper);
  if (work >= 0) set_layer(box, operation, context, "workdir", work);
  if (sys_fsconfig(context, FSCONFIG_SET_FLAG, "userxattr", NULL) != 0 || sys_fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL) != 0) stop(box, operation);
  operation->tree = sys_fsmount(context, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | (operation->read_only ? MOUNT_ATTR_RDONLY : 0U));
  if (operation->tree < 0) stop(box, operation);
  for (size_t i = 0; i < operation->layers.count; i++) close(opened[i]);
  free(opened);
  close(context);
  if (upper >= 0) close(upper);
  if (work >= 0) close(work);
  if (temporary >= 0) take_off(box, operation, temporary);
  // What is cloned out of it must be mounted, on the root itself as above: later sources are looked up below it.
  if (operation->kind == OPERATION_LAYER && sys_move_mount(operation->tree, "", AT_FDCWD, "/", MOVE_MOUNT_F_EMPTY_PATH) != 0) stop(box, operation);
}

// What follows `folder` in a path at or below it, or NULL. Paths of a plan are real ones.
static const char *rest_below(const char *folder, const char *path) {
  const size_t length = strcmp(folder, "/") == 0 ? 0 : strlen(folder);
  if (strncmp(folder, path, length) != 0 || (path[length] != '/' && path[length] != '\0')) return NULL;
  const char *rest = path + length;
  while (*rest == '/') rest++;
  return *rest == '\0' ? "." : rest;
}

// The source of a bind as its layer shows it. INVARIANT: beneath the layer's root and without a link, so that nothing of the host itself can be reached by it.
int layer_open(const struct sandbox *box, const struct operation *operation) {
  const struct plan *plan = box->plan;
  for (size_t i = 0; i < plan->operation_count; i++) {
    const struct operation *layer = &plan->operations[i];
    const char *rest = layer->kind == OPERATION_LAYER && layer->tree >= 0 ? rest_below(layer->source, operation->source) : NULL;
    if (rest == NULL) continue;
    const int found = sys_openat2(layer->tree, rest, O_PATH | O_CLOEXEC, 0, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS);
    if (found < 0) sandbox_stop(box, operation, "source", operation->source);
    return found;
  }
  errno = EINVAL;
  sandbox_stop(box, operation, "overlay", operation->source);
}

// Last made, first gone: each lies on the one before. The clones stay.
void layers_let_go(const struct sandbox *box) {
  for (size_t i = box->plan->operation_count; i-- > 0;) {
    struct operation *operation = &box->plan->operations[i];
    if (operation->kind != OPERATION_LAYER) continue;
    take_off(box, operation, operation->tree);
    operation->tree = -1;
  }
}
