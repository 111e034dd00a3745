// User namespaces, ids, capabilities, host name and loopback of the sandbox.
// Two user namespaces: the first maps 0 to the caller (devpts and proc want an owner 0) and owns the mounts; the second maps the caller to 0
// of the first, holds the app, and has no power over anything that was built. A command line of bubblewrap may get by with one, or with none.
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "capabilities.h"
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

static void map_first(const struct sandbox *box, const struct identity *identity) {
  const int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (proc < 0) sandbox_stop(box, NULL, "uid-map", "/proc");
  map_ids(box, proc, identity->builder_uid, box->caller->uid, identity->builder_gid, box->caller->gid, true);
  close(proc);
}

static void stop_propagation(const struct sandbox *box, uint64_t kind) {
  const struct mount_attr propagation = {.propagation = kind};
  if (sys_mount_setattr(AT_FDCWD, "/", AT_RECURSIVE, &propagation) != 0) sandbox_stop(box, NULL, "mount-namespace", "/");
}

void namespaces_enter_ahead(struct sandbox *box, unsigned long namespaces) {
  static const struct identity BUILDER = {0}; // of every plan that is a broker's (plan-settle.c)
  map_first(box, &BUILDER);
  stop_propagation(box, MS_PRIVATE);
  if ((namespaces & CLONE_NEWNET) != 0) raise_loopback(box);
  box->entered = true;
}

void namespaces_enter_first(const struct sandbox *box) {
  const struct plan *plan = box->plan;
  const struct identity *identity = &plan->identity;
  if (box->entered && (plan->bubblewrap || !plan->maps_ids || identity->builder_uid != 0 || identity->builder_gid != 0)) {
    errno = EINVAL;
    sandbox_stop(box, NULL, "uid-map", "another plan");
  }
  if (!box->entered) {
    if (plan->maps_ids) map_first(box, identity);
    // Another's user namespace may know others than the caller.
    if (plan->joined.user >= 0 && identity->gid != box->caller->gid && setgid(identity->gid) != 0) sandbox_stop(box, NULL, "gid-map", "setgid");
    if (plan->joined.user >= 0 && identity->uid != box->caller->uid && setuid(identity->uid) != 0) sandbox_stop(box, NULL, "uid-map", "setuid");
    // Private before anything is cloned: a mount made on the host from now on arrives nowhere. Under bubblewrap's words it does arrive, as its callers
    // (document portals, removable media) count on; nothing goes the other way.
    stop_propagation(box, plan->bubblewrap ? MS_SLAVE : MS_PRIVATE);
    if ((plan->namespaces & CLONE_NEWNET) != 0) raise_loopback(box);
  }
  if (plan->hostname != NULL && sethostname(plan->hostname, strlen(plan->hostname)) != 0) sandbox_stop(box, NULL, "hostname", plan->hostname);
}

// The limit is the first namespace's own: the second one uses it up, and has no right to change it.
void namespaces_forbid_more(const struct sandbox *box) {
  if (box->plan->disable_user_namespaces) write_file(box, box->proc, "sys/user/max_user_namespaces", "1", false, "disable-userns");
}

void namespaces_enter_second(const struct sandbox *box) {
  const struct plan *plan = box->plan;
  const struct identity *identity = &plan->identity;
  if (plan->joined.last_user >= 0 && setns(plan->joined.last_user, CLONE_NEWUSER) != 0) sandbox_stop(box, NULL, "join", "--userns2");
  if (plan->second_user_namespace) {
    if (unshare(CLONE_NEWUSER) != 0) sandbox_stop(box, NULL, "second-user-namespace", NULL);
    map_ids(box, box->proc, identity->uid, identity->builder_uid, identity->gid, identity->builder_gid, false);
  }
  if (!plan->disable_user_namespaces && !plan->assert_no_user_namespaces) return;
  if (unshare(CLONE_NEWUSER) == 0) {
    errno = EEXIST;
    sandbox_stop(box, NULL, "disable-userns", NULL);
  }
}

void namespaces_limit_rights(const struct sandbox *box) {
  const char *what = NULL;
  const struct rights *rights = &box->plan->rights;
  const bool bounded = (box->plan->namespaces & CLONE_NEWUSER) != 0 || box->plan->joined.user >= 0;
  if (bounded && !capabilities_bound(rights->kept, &what)) sandbox_stop(box, NULL, "capabilities", what);
  if (!rights->all && !capabilities_limit(rights->kept, &what)) sandbox_stop(box, NULL, "capabilities", what);
  // Until they execute, pid 1 and the app's process still hold the caller's descriptors: an app that is quick must not reach them through /proc/1/fd.
  // The kernel takes this back at exec. Whoever holds bubblewrap's --block-fd enters the namespaces meanwhile; there it is done after that.
  if (prctl(PR_SET_DUMPABLE, box->plan->bubblewrap ? 1 : 0, 0, 0, 0) != 0) sandbox_stop(box, NULL, "capabilities", "dumpable");
}

static void fork_away(const struct sandbox *box) {
  const int parent = sys_pidfd_open(getpid());
  const pid_t child = parent < 0 ? -1 : fork();
  if (child < 0) sandbox_stop(box, NULL, "fork", NULL);
  if (child > 0) _exit(0);
  // Until it is gone, a signal at the parent's death would be about the wrong parent.
  struct pollfd wait = {.fd = parent, .events = POLLIN};
  while (poll(&wait, 1, -1) < 0 && errno == EINTR) continue;
  close(parent);
}

void namespaces_join_pid(const struct sandbox *box) {
  const struct report report = {.type = REPORT_PID};
  if (box->plan->joined.pid < 0) return;
  if (setns(box->plan->joined.pid, CLONE_NEWPID) != 0) sandbox_stop(box, NULL, "join", "--pidns");
  fork_away(box);
  if ((box->plan->namespaces & CLONE_NEWPID) != 0) {
    if (unshare(CLONE_NEWPID) != 0) sandbox_stop(box, NULL, "namespaces", "unshare");
    fork_away(box);
  }
  // The front asked for the sender's pid, which the kernel translates for it.
  if (send(box->front, &report, sizeof report, MSG_NOSIGNAL) < 0) sandbox_stop(box, NULL, "join", "--pidns");
}
