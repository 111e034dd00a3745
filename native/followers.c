// Protocols between bubblewrap's callers and a start. Nothing of it concerns a broker's plan.
#include "followers.h"

#include <errno.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "capabilities.h"
#include "instance.h"
#include "syscalls.h"

static bool failed(struct failure *failure, const char *stage, const char *detail) {
  failure_set(failure, stage, -1, errno, detail);
  return false;
}

static bool write_all(int descriptor, const char *text, size_t length) {
  for (size_t done = 0; done < length;) {
    const ssize_t wrote = write(descriptor, text + done, length - done);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return false;
    done += (size_t)wrote;
  }
  return true;
}

bool followers_prepare(const struct plan *plan, int status, struct failure *failure) {
  const int on = 1;
  if (plan->joined.user >= 0 && setns(plan->joined.user, CLONE_NEWUSER) != 0) return failed(failure, "join", "--userns");
  if (plan->joined.pid < 0) return true;
  // The processes on the way end at once; the last one becomes our child.
  if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0 || setsockopt(status, SOL_SOCKET, SO_PASSCRED, &on, sizeof on) != 0) return failed(failure, "join", "--pidns");
  return true;
}

// Who sent this report, as a process of our pid namespace.
static bool learn_child(struct launch *launch, struct failure *failure) {
  struct report report = {.type = 0};
  union {
    char bytes[CMSG_SPACE(sizeof(struct ucred))];
    struct cmsghdr align;
  } control;
  struct iovec piece = {.iov_base = &report, .iov_len = sizeof report};
  struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
  ssize_t got = 0;
  do got = recvmsg(launch->status, &message, MSG_CMSG_CLOEXEC);
  while (got < 0 && errno == EINTR);
  const struct cmsghdr *part = got > 0 ? CMSG_FIRSTHDR(&message) : NULL;
  if (got > 0 && report.type == REPORT_FAILED) {
    failure_take(failure, &report);
    return false;
  }
  errno = ECHILD;
  if (part == NULL || report.type != REPORT_PID || part->cmsg_type != SCM_CREDENTIALS) return failed(failure, "join", "--pidns");
  struct ucred sender;
  memcpy(&sender, CMSG_DATA(part), sizeof sender);
  (void)waitpid(launch->child, NULL, 0);
  close(launch->init);
  launch->child = sender.pid;
  launch->init = sys_pidfd_open(sender.pid);
  return launch->init >= 0 || failed(failure, "join", "--pidns");
}

static bool leave_rights(const struct plan *plan, struct failure *failure) {
  const char *what = NULL;
  if (plan->joined.last_user >= 0 && setns(plan->joined.last_user, CLONE_NEWUSER) != 0) return failed(failure, "join", "--userns2");
  if (!capabilities_give_up(&what)) return failed(failure, "capabilities", what);
  if (prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) != 0) return failed(failure, "capabilities", "dumpable");
  if (plan->die_with_parent && prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0) return failed(failure, "capabilities", "prctl");
  return true;
}

bool followers_inform(struct launch *launch, const struct plan *plan, struct failure *failure) {
  const struct followers *followers = &plan->followers;
  char text[INSTANCE_TEXT_BYTES];
  char byte = 0;
  if (plan->joined.pid >= 0 && !learn_child(launch, failure)) return false;
  if (followers->information >= 0) {
    const size_t length = instance_describe(text, launch->child, plan, false);
    if (!write_all(followers->information, text, length)) return failed(failure, "inform", "--info-fd");
    close(followers->information);
  }
  if (followers->status >= 0) {
    const size_t length = instance_describe(text, launch->child, plan, true);
    if (!write_all(followers->status, text, length)) return failed(failure, "inform", "--json-status-fd");
  }
  if (!leave_rights(plan, failure)) return false;
  if (followers->maps_written >= 0)
    while (read(followers->maps_written, &byte, 1) < 0 && errno == EINTR) continue;
  return true;
}

void followers_tell_end(const struct plan *plan, int status) {
  char text[40];
  if (plan->followers.status < 0) return;
  const int length = snprintf(text, sizeof text, "{ \"exit-code\": %d }\n", status);
  // Whoever does not listen any more does not miss it.
  (void)write_all(plan->followers.status, text, (size_t)length);
}
