// The order of things while a sandbox is built. Each step ends the start where it fails; nothing is retried in a weaker form.
#include "sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "syscalls.h"

#define OWN_FAILURE 125

void sandbox_stop(const struct sandbox *box, const struct operation *operation, const char *stage, const char *detail) {
  fail(box->front, stage, operation == NULL ? -1 : operation->index, errno, detail);
}

void sandbox_wait_for_front(struct sandbox *box) {
  struct order order;
  if (box->may_listen) return;
  for (;;) {
    const ssize_t got = recv(box->front, &order, sizeof order, 0);
    if (got < 0 && errno == EINTR) continue;
    // The front is gone, or the connector could not be made: then nothing starts.
    if (got != (ssize_t)sizeof order) _exit(OWN_FAILURE);
    if (order.type == ORDER_GO) break;
    // A signal that a process sent to the front while the sandbox was being built: kept as pending for the app.
    if (order.type == ORDER_SIGNAL) kill(getpid(), order.value);
  }
  box->may_listen = true;
}

// Makes `tree` the root of this process and lets go of what was there before.
static void change_root(const struct sandbox *box, int tree) {
  if (fchdir(tree) != 0 || sys_pivot_root(".", ".") != 0) sandbox_stop(box, NULL, "new-root", "pivot_root");
  if (sys_umount2(".", TSBOX_MNT_DETACH) != 0 || chdir("/") != 0) sandbox_stop(box, NULL, "new-root", "umount");
}

static void leave_host(struct sandbox *box) {
  static const char *const OPTIONS[][2] = {{"mode", "0755"}};
  box->base = mount_new("tmpfs", OPTIONS, 1, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
  if (box->base < 0) sandbox_stop(box, NULL, "new-root", "tmpfs");
  if (sys_move_mount(box->base, "", AT_FDCWD, "/", MOVE_MOUNT_F_EMPTY_PATH) != 0) sandbox_stop(box, NULL, "new-root", "move_mount");
  change_root(box, box->base);
  box->root = box->base;
}

static void send_ready(const struct sandbox *box) {
  struct report report = {.type = REPORT_READY, .as.value = (int)box->listener_count};
  union {
    char bytes[CMSG_SPACE(sizeof(int) * MAX_LISTENERS)];
    struct cmsghdr align;
  } control;
  memset(&control, 0, sizeof control);
  struct iovec piece = {.iov_base = &report, .iov_len = sizeof report};
  struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1};
  if (box->listener_count > 0) {
    message.msg_control = control.bytes;
    message.msg_controllen = CMSG_SPACE(sizeof(int) * box->listener_count);
    struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof(int) * box->listener_count);
    memcpy(CMSG_DATA(rights), box->listeners, sizeof(int) * box->listener_count);
  }
  if (sendmsg(box->front, &message, MSG_NOSIGNAL) < 0) _exit(OWN_FAILURE);
}

// The binary again, from its read-only clone: argv[1] is the app's pid. Only the two descriptors that init needs stay open.
static void become_init(const struct sandbox *box, pid_t app) {
  char number[16];
  char name[] = "tsbox-init";
  char *const arguments[] = {name, number, NULL};
  char *const environment[] = {NULL};
  snprintf(number, sizeof number, "%d", app);
  const int front = fcntl(box->front, F_DUPFD_CLOEXEC, 64);
  const int reference = box->reference < 0 ? -1 : fcntl(box->reference, F_DUPFD_CLOEXEC, 64);
  const int binary = fcntl(box->init_tree, F_DUPFD_CLOEXEC, 64);
  if (front < 0 || binary < 0 || (box->reference >= 0 && reference < 0)) sandbox_stop(box, NULL, "init-exec", "dup");
  for (int standard = 0; standard <= 2; standard++)
    if (dup2(box->null, standard) < 0) fail(front, "init-exec", -1, errno, "dup");
  if (sys_close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) != 0) fail(front, "close-range", -1, errno, NULL);
  if (dup2(front, INIT_FRONT) < 0 || (reference >= 0 && dup2(reference, INIT_REFERENCE) < 0)) fail(front, "init-exec", -1, errno, "dup");
  if (reference < 0) close(INIT_REFERENCE);
  syscall(SYS_execveat, binary, "", arguments, environment, AT_EMPTY_PATH);
  fail(front, "init-exec", -1, errno, NULL);
}

void sandbox_run(struct sandbox *box) {
  const struct timespec at_once = {0};
  sigset_t pending;
  // Dies with the front as long as it is not init; init watches the socket instead.
  if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) sandbox_stop(box, NULL, "capabilities", "prctl");
  umask(0);
  namespaces_enter_first(box);
  sources_open(box);
  namespaces_forbid_more(box);
  leave_host(box);
  operations_run(box);
  sandbox_wait_for_front(box);
  if (box->root != box->base) change_root(box, box->root);
  namespaces_enter_second(box);
  namespaces_drop_capabilities(box);
  send_ready(box);
  sigpending(&pending);
  const pid_t app = fork();
  if (app < 0) sandbox_stop(box, NULL, "fork", NULL);
  if (app == 0) app_run(box, &pending);
  // The app has its copies; init counts on seeing only what comes from now on.
  sigdelset(&pending, SIGCHLD);
  while (sigtimedwait(&pending, NULL, &at_once) > 0) continue;
  become_init(box, app);
  _exit(OWN_FAILURE);
}
