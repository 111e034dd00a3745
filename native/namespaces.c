// User namespaces, ids, capabilities, host name and loopback of the sandbox.
// Two user namespaces: the first maps 0 to the caller (devpts and proc want an owner 0) and owns the mounts; the second maps the caller to 0
// of the first, holds the app, and has no power over anything that was built.
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sandbox.h"
#include "syscalls.h"

static void write_file(const struct sandbox *box, int directory, const char *path, const char *text, bool may_be_absent, const char *stage) {
  const int file = openat(directory, path, O_WRONLY | O_CLOEXEC);
  if (file < 0 && errno == ENOENT && may_be_absent) return;
  const size_t length = strlen(text);
  if (file < 0 || write(file, text, length) != (ssize_t)length) sandbox_stop(box, NULL, stage, path);
  close(file);
}

static void map_ids(const struct sandbox *box, int proc, unsigned inside_uid, unsigned outside_uid, unsigned inside_gid, unsigned outside_gid, bool deny) {
  char text[48];
  snprintf(text, sizeof text, "%u %u 1\n", inside_uid, outside_uid);
  write_file(box, proc, "self/uid_map", text, false, "uid-map");
  // Denied once, for this namespace and all below it. Kernels that lack the file do not let an unprivileged process map groups unless it is absent.
  if (deny) write_file(box, proc, "self/setgroups", "deny", true, "gid-map");
  snprintf(text, sizeof text, "%u %u 1\n", inside_gid, outside_gid);
  write_file(box, proc, "self/gid_map", text, false, "gid-map");
}

static void raise_loopback(const struct sandbox *box) {
  const int socket_ = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  struct ifreq request = {.ifr_name = "lo"};
  request.ifr_flags = IFF_UP | IFF_RUNNING;
  // The kernel gives 127.0.0.1/8 and ::1 by itself to a loopback that comes up.
  if (socket_ < 0 || ioctl(socket_, SIOCSIFFLAGS, &request) != 0) sandbox_stop(box, NULL, "loopback", NULL);
  close(socket_);
}

void namespaces_enter_first(const struct sandbox *box) {
  const int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (proc < 0) sandbox_stop(box, NULL, "uid-map", "/proc");
  map_ids(box, proc, 0, box->caller->uid, 0, box->caller->gid, true);
  close(proc);
  // Private before anything is cloned: a mount made on the host from now on arrives nowhere.
  const struct mount_attr private = {.propagation = MS_PRIVATE};
  if (sys_mount_setattr(AT_FDCWD, "/", AT_RECURSIVE, &private) != 0) sandbox_stop(box, NULL, "mount-namespace", "/");
  if (box->plan->hostname != NULL && sethostname(box->plan->hostname, strlen(box->plan->hostname)) != 0) sandbox_stop(box, NULL, "hostname", box->plan->hostname);
  if (box->plan->unshare_network) raise_loopback(box);
}

// The limit is the first namespace's own: the second one uses it up, and has no right to change it.
void namespaces_forbid_more(const struct sandbox *box) {
  if (box->plan->disable_user_namespaces) write_file(box, box->proc, "sys/user/max_user_namespaces", "1", false, "disable-userns");
}

void namespaces_enter_second(const struct sandbox *box) {
  if (unshare(CLONE_NEWUSER) != 0) sandbox_stop(box, NULL, "second-user-namespace", NULL);
  map_ids(box, box->proc, box->caller->uid, 0, box->caller->gid, 0, false);
  if (!box->plan->disable_user_namespaces) return;
  if (unshare(CLONE_NEWUSER) == 0) {
    errno = EEXIST;
    sandbox_stop(box, NULL, "disable-userns", NULL);
  }
}

void namespaces_drop_capabilities(const struct sandbox *box) {
  if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0) sandbox_stop(box, NULL, "capabilities", "ambient");
  for (unsigned long capability = 0; prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) == 0; capability++) continue;
  if (errno != EINVAL || prctl(PR_CAPBSET_READ, 0, 0, 0, 0) != 0) sandbox_stop(box, NULL, "capabilities", "bounding");
  struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
  const struct __user_cap_data_struct none[2] = {{0}};
  if (syscall(SYS_capset, &header, none) != 0) sandbox_stop(box, NULL, "capabilities", "capset");
  // Until they execute, pid 1 and the app's process still hold the caller's descriptors: an app that is quick must not reach them through /proc/1/fd.
  // The kernel takes this back at exec.
  if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) sandbox_stop(box, NULL, "capabilities", "dumpable");
}
