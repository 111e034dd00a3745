// `tsbox-attach PID MOUNTS FROM DEVICE INODE TO ro|rw`: makes one file or folder of the host visible in a running sandbox. `tsbox-attach PID MOUNTS --detach TO`
// takes it away. MOUNTS is the number of its mount namespace, as the front noted it: a pid that was used again since is another sandbox's.
// Started by the broker, single-threaded as entering a user namespace demands, and gone at once: no process keeps the right to do this.
// Safety: the source is opened in an own copy of the host's mounts, without following any link, compared with what the broker saw, and restricted before it is
// attached. The place is opened in the sandbox without following any link, so that the app, which may write there, can lead it nowhere else.
#include "attach.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "syscalls.h"

// <sys/mount.h> has these, and clashes with <linux/mount.h> in glibc 2.36.
#define TSBOX_MS_PRIVATE (1 << 18)
#define TSBOX_UMOUNT_NOFOLLOW 8

// For init to be executed: 2 s.
#define TRIES 400
#define PAUSE_NANOSECONDS 5000000

#define NO_LINKS (RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS)

static int stop(const char *stage) {
  fprintf(stderr, "%s: %s\n", stage, strerror(errno));
  return 1;
}

// What the place is for: a folder is made for a folder, an empty file for a file. Parents must be there.
static int open_place(const char *to, mode_t type) {
  const int there = sys_openat2(AT_FDCWD, to, O_PATH | O_CLOEXEC | O_NOFOLLOW, 0, NO_LINKS);
  if (there >= 0 || errno != ENOENT) return there;
  char *parent = strdup(to);
  char *name = parent == NULL ? NULL : strrchr(parent, '/');
  if (name == NULL || name == parent) {
    free(parent);
    errno = EINVAL;
    return -1;
  }
  *name++ = '\0';
  const int folder = sys_openat2(AT_FDCWD, parent, O_PATH | O_DIRECTORY | O_CLOEXEC, 0, NO_LINKS);
  int made = -1;
  if (folder >= 0 && S_ISDIR(type) && mkdirat(folder, name, 0700) == 0) made = 0;
  if (folder >= 0 && !S_ISDIR(type)) made = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  const int place = made < 0 ? -1 : sys_openat2(folder, name, O_PATH | O_CLOEXEC | O_NOFOLLOW, 0, NO_LINKS);
  free(parent);
  return place;
}

// A sandbox is told of before its init is executed; until then its process is not dumpable, and closed to everybody.
static int open_patiently(const char *path) {
  const struct timespec pause = {.tv_nsec = PAUSE_NANOSECONDS};
  for (int tries = 1;; tries++) {
    const int opened = open(path, O_RDONLY | O_CLOEXEC);
    if (opened >= 0 || errno != EACCES || tries == TRIES) return opened;
    nanosleep(&pause, NULL);
  }
}

static int enter(const char *pid, const char *number, int *mounts) {
  char path[64];
  struct stat found;
  snprintf(path, sizeof path, "/proc/%ld/ns/mnt", strtol(pid, NULL, 10));
  *mounts = open_patiently(path);
  if (*mounts < 0 || fstat(*mounts, &found) != 0) return stop("mount namespace");
  if (found.st_ino != strtoull(number, NULL, 10)) {
    errno = ESRCH;
    return stop("mount namespace");
  }
  // Of the two user namespaces the outer one owns the mounts.
  const int user = ioctl(*mounts, NS_GET_USERNS);
  if (user < 0 || setns(user, CLONE_NEWUSER) != 0) return stop("user namespace");
  close(user);
  return 0;
}

static int detach(char *to, int mounts) {
  if (setns(mounts, CLONE_NEWNS) != 0) return stop("enter");
  char *name = strrchr(to, '/');
  if (name == NULL || name == to || name[1] == '\0') {
    errno = EINVAL;
    return stop("detach");
  }
  *name++ = '\0';
  // The app may have put links on the way, which would take a cover away from somewhere else.
  const int parent = sys_openat2(AT_FDCWD, to, O_PATH | O_DIRECTORY | O_CLOEXEC, 0, NO_LINKS);
  if (parent < 0 || fchdir(parent) != 0) return stop("detach");
  return sys_umount2(name, TSBOX_MNT_DETACH | TSBOX_UMOUNT_NOFOLLOW) == 0 ? 0 : stop("detach");
}

int attach_main(int argc, char **argv) {
  int mounts = -1;
  const bool is_detach = argc == 5 && strcmp(argv[3], "--detach") == 0;
  if (!is_detach && argc != 8) {
    fprintf(stderr, "usage: tsbox-attach PID MOUNTS FROM DEVICE INODE TO ro|rw, or PID MOUNTS --detach TO\n");
    return 2;
  }
  if (enter(argv[1], argv[2], &mounts) != 0) return 1;
  if (is_detach) return detach(argv[4], mounts);
  if (unshare(CLONE_NEWNS) != 0) return stop("own mounts");
  const int source = sys_openat2(AT_FDCWD, argv[3], O_PATH | O_CLOEXEC | O_NOFOLLOW, 0, NO_LINKS);
  struct stat found;
  if (source < 0 || fstat(source, &found) != 0) return stop("source");
  if ((!S_ISDIR(found.st_mode) && !S_ISREG(found.st_mode)) || found.st_dev != strtoull(argv[4], NULL, 10) || found.st_ino != strtoull(argv[5], NULL, 10)) {
    errno = ESTALE;
    return stop("source");
  }
  const int tree = sys_open_tree(source, "", AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
  if (tree < 0) return stop("clone");
  const struct mount_attr attributes = {
      .attr_set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | (strcmp(argv[7], "rw") == 0 ? 0 : MOUNT_ATTR_RDONLY),
      .propagation = TSBOX_MS_PRIVATE,
  };
  if (sys_mount_setattr(tree, "", AT_EMPTY_PATH | AT_RECURSIVE, &attributes) != 0) return stop("attributes");
  if (setns(mounts, CLONE_NEWNS) != 0) return stop("enter");
  const int place = open_place(argv[6], found.st_mode);
  if (place < 0) return stop("place");
  return sys_move_mount(tree, "", place, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) == 0 ? 0 : stop("attach");
}
