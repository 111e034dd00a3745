// Kernel interfaces that libc of Debian 12 (or older) does not declare, or declares in headers that cannot be included together.
// One inline function per call: -1 and errno, as libc does.
#ifndef TSBOX_SYSCALLS_H
#define TSBOX_SYSCALLS_H

#include <fcntl.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#ifndef SYS_mount_setattr
#define SYS_mount_setattr 442
#endif
#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule 445
#define SYS_landlock_restrict_self 446
#endif

// <sys/mount.h> has this one, and clashes with <linux/mount.h> in glibc 2.36.
#define TSBOX_MNT_DETACH 2

static inline int sys_openat2(int directory, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve) {
  const struct open_how how = {.flags = flags, .mode = mode, .resolve = resolve};
  return (int)syscall(SYS_openat2, directory, path, &how, sizeof how);
}

static inline int sys_open_tree(int directory, const char *path, unsigned flags) {
  return (int)syscall(SYS_open_tree, directory, path, flags);
}

static inline int sys_move_mount(int from, const char *from_path, int to, const char *to_path, unsigned flags) {
  return (int)syscall(SYS_move_mount, from, from_path, to, to_path, flags);
}

static inline int sys_fsopen(const char *type) {
  return (int)syscall(SYS_fsopen, type, FSOPEN_CLOEXEC);
}

static inline int sys_fsconfig(int context, unsigned command, const char *key, const char *value) {
  return (int)syscall(SYS_fsconfig, context, command, key, value, 0);
}

static inline int sys_fsmount(int context, unsigned attributes) {
  return (int)syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC, attributes);
}

static inline int sys_mount_setattr(int directory, const char *path, unsigned flags, const struct mount_attr *attributes) {
  return (int)syscall(SYS_mount_setattr, directory, path, flags, attributes, sizeof *attributes);
}

static inline int sys_pivot_root(const char *new_root, const char *put_old) {
  return (int)syscall(SYS_pivot_root, new_root, put_old);
}

static inline int sys_umount2(const char *path, int flags) {
  return (int)syscall(SYS_umount2, path, flags);
}

// Sets close-on-exec on a range instead of closing it: what must survive is switched back one by one.
static inline int sys_close_range(unsigned first, unsigned last, unsigned flags) {
  return (int)syscall(SYS_close_range, first, last, flags);
}

static inline int sys_pidfd_open(pid_t pid) {
  return (int)syscall(SYS_pidfd_open, pid, 0);
}

#endif
