// The order of things while a sandbox is built. Each step ends the start where it fails; nothing is retried in a weaker form.
#include "sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "capabilities.h"
#include "init.h"
#include "syscalls.h"
#include "wayland-context.h"

#define OWN_FAILURE 125

void sandbox_stop(const struct sandbox *box, const struct operation *operation, const char *stage, const char *detail) {
  fail(box->front, stage, operation == NULL ? -1 : operation->index, errno, detail);
}

void sandbox_wait_for_front(struct sandbox *box) {
  struct order order;
  if (box->may_start) return;
  for (;;) {
    const ssize_t got = recv(box->front, &order, sizeof order, 0);
    if (got < 0 && errno == EINTR) continue;
    // The front is gone, or the connector could not be made: then nothing starts.
    if (got != (ssize_t)sizeof order) _exit(OWN_FAILURE);
    if (order.type == ORDER_GO) break;
    // A signal that a process sent to the front while the sandbox was being built: kept as pending for the app.
    if (order.type == ORDER_SIGNAL) kill(getpid(), order.value);
  }
  box->may_start = true;
}

// Makes `tree` the root of this process and lets go of what was there before.
static void change_root(const struct sandbox *box, int tree) {
  if (fchdir(tree) != 0 || sys_pivot_root(".", ".") != 0) sandbox_stop(box, NULL, "new-root", "pivot_root");
  if (sys_umount2(".", TSBOX_MNT_DETACH) != 0 || chdir("/") != 0) sandbox_stop(box, NULL, "new-root", "umount");
  // What "..", unlike "/", finds at the root is the topmost mount there: had the host lain in more than one layer, it would be the rest of it.
  struct stat above;
  struct stat root;
  errno = EBUSY;
  if (stat("/..", &above) != 0 || fstat(tree, &root) != 0 || above.st_dev != root.st_dev || above.st_ino != root.st_ino) sandbox_stop(box, NULL, "new-root", "umount");
}

static void leave_host(struct sandbox *box) {
  static const char *const OPTIONS[][2] = {{"mode", "0755"}};
  box->base = mount_new("tmpfs", OPTIONS, 1, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
  if (box->base < 0) sandbox_stop(box, NULL, "new-root", "tmpfs");
  if (sys_move_mount(box->base, "", AT_FDCWD, "/", MOVE_MOUNT_F_EMPTY_PATH) != 0) sandbox_stop(box, NULL, "new-root", "move_mount");
  change_root(box, box->base);
  struct stat made;
  if (fstat(box->base, &made) != 0) sandbox_stop(box, NULL, "new-root", "fstat");
  box->base_device = made.st_dev;
  box->root = box->base;
}

void sandbox_report(const struct sandbox *box, enum report_type type, const struct sockets *sockets) {
  struct report report = {.type = (int)type, .as.value = (int)sockets->count};
  union {
    char bytes[CMSG_SPACE(sizeof(int) * MAX_LISTENERS)];
    struct cmsghdr align;
  } control;
  memset(&control, 0, sizeof control);
  struct iovec piece = {.iov_base = &report, .iov_len = sizeof report};
  struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1};
  if (sockets->count > 0) {
    message.msg_control = control.bytes;
    message.msg_controllen = CMSG_SPACE(sizeof(int) * sockets->count);
    struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
    if (rights == NULL) sandbox_stop(box, NULL, "memory", NULL);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof(int) * sockets->count);
    memcpy(CMSG_DATA(rights), sockets->descriptors, sizeof(int) * sockets->count);
  }
  if (sendmsg(box->front, &message, MSG_NOSIGNAL) < 0) _exit(OWN_FAILURE);
}

// Descriptors from 64 on: below are the numbers that init expects.
static int lift(const struct sandbox *box, int descriptor) {
  const int lifted = descriptor < 0 ? -1 : fcntl(descriptor, F_DUPFD_CLOEXEC, 64);
  if (descriptor >= 0 && lifted < 0) sandbox_stop(box, NULL, "init-exec", "dup");
  return lifted;
}

// Of the open file description, so that closing another descriptor of the same file does not end it. The files are those that the app sees.
static void take_locks(const struct sandbox *box, int *locks) {
  struct flock lock = {.l_type = F_RDLCK, .l_whence = SEEK_SET};
  for (size_t i = 0; i < box->plan->lock_count; i++) {
    const char *path = box->plan->locks[i];
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0 || fcntl(file, F_OFD_SETLK, &lock) != 0) sandbox_stop(box, NULL, "lock-file", path);
    locks[i] = lift(box, file);
    close(file);
  }
}

// The binary again, from its read-only clone: argv[1] is the app's pid. Only what init needs stays open.
static void become_init(const struct sandbox *box, pid_t app, const int *locks) {
  const struct plan *plan = box->plan;
  char number[16];
  char name[] = "tsbox-init";
  char mode[] = INIT_OUTLIVES;
  char *const arguments[] = {name, number, plan->bubblewrap ? mode : NULL, NULL};
  char *const environment[] = {NULL};
  const char *what = NULL;
  snprintf(number, sizeof number, "%d", app);
  // In a plan of the broker they are gone already; nothing is asked of the kernel twice there.
  if (plan->bubblewrap && !capabilities_give_up(&what)) sandbox_stop(box, NULL, "capabilities", what);
  if (plan->bubblewrap && plan->die_with_parent && prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0) sandbox_stop(box, NULL, "capabilities", "prctl");
  const int front = lift(box, box->front);
  const int reference = lift(box, box->reference);
  const int binary = lift(box, box->init_tree);
  const int alive = lift(box, plan->followers.alive);
  const int context = lift(box, box->alive);
  for (int standard = 0; standard <= 2; standard++)
    if (dup2(box->null, standard) < 0) fail(front, "init-exec", -1, errno, "dup");
  if (sys_close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) != 0) fail(front, "close-range", -1, errno, NULL);
  if (dup2(front, INIT_FRONT) < 0 || (reference >= 0 && dup2(reference, INIT_REFERENCE) < 0)) fail(front, "init-exec", -1, errno, "dup");
  if (reference < 0) close(INIT_REFERENCE);
  if (alive >= 0 && fcntl(alive, F_SETFD, 0) != 0) fail(front, "init-exec", -1, errno, "--sync-fd");
  if (context >= 0 && fcntl(context, F_SETFD, 0) != 0) fail(front, "init-exec", -1, errno, "--wayland-context");
  for (size_t i = 0; i < plan->lock_count; i++)
    if (fcntl(locks[i], F_SETFD, 0) != 0) fail(front, "init-exec", -1, errno, "--lock-file");
  syscall(SYS_execveat, binary, "", arguments, environment, AT_EMPTY_PATH);
  fail(front, "init-exec", -1, errno, NULL);
}

static void wait_for_caller(const struct sandbox *box) {
  char byte = 0;
  if (box->plan->followers.go < 0) return;
  while (read(box->plan->followers.go, &byte, 1) < 0 && errno == EINTR) continue;
}

_Noreturn static void start_app(const struct sandbox *box) {
  const struct timespec at_once = {0};
  sigset_t pending;
  sigemptyset(&pending);
  if (!box->plan->reaper) app_run(box, &pending);
  // bubblewrap's program is in the new session, not its leader.
  if (box->plan->bubblewrap && box->plan->new_session && setsid() < 0) sandbox_stop(box, NULL, "new-session", NULL);
  // Until pid 1 has executed its read-only clone, a quick program must not get hold of the installed binary through /proc/1/exe.
  if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) sandbox_stop(box, NULL, "capabilities", "dumpable");
  int *locks = calloc(box->plan->lock_count + 1, sizeof *locks);
  if (locks == NULL) sandbox_stop(box, NULL, "memory", NULL);
  take_locks(box, locks);
  if (!box->plan->bubblewrap) sigpending(&pending);
  const pid_t app = fork();
  if (app < 0) sandbox_stop(box, NULL, "fork", NULL);
  if (app == 0) app_run(box, &pending);
  // The app has its copies; init counts on seeing only what comes from now on.
  sigdelset(&pending, SIGCHLD);
  while (!box->plan->bubblewrap && sigtimedwait(&pending, NULL, &at_once) > 0) continue;
  become_init(box, app, locks);
  _exit(OWN_FAILURE);
}

// Where a caller reads to the end, only the front may hold the other side.
static void leave_to_front(const struct sandbox *box, int descriptor) {
  if (descriptor > 2) close(descriptor);
  else if (descriptor >= 0 && dup2(box->null, descriptor) < 0) sandbox_stop(box, NULL, "inform", "dup");
}

// The order to follow the plan; two descriptors ride along, `.ref` and what tells the compositor that the app lives. The front's end is ours.
static void await_build(struct sandbox *box) {
  struct order order = {.type = 0};
  union {
    char bytes[CMSG_SPACE(2 * sizeof(int))];
    struct cmsghdr align;
  } control;
  int passed[2];
  struct iovec piece = {.iov_base = &order, .iov_len = sizeof order};
  struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
  ssize_t got = 0;
  do got = recvmsg(box->front, &message, MSG_CMSG_CLOEXEC);
  while (got < 0 && errno == EINTR);
  const struct cmsghdr *rights = got < 0 ? NULL : CMSG_FIRSTHDR(&message);
  if (got != (ssize_t)sizeof order || order.type != ORDER_BUILD || rights == NULL || rights->cmsg_len != CMSG_LEN(sizeof passed)) _exit(OWN_FAILURE);
  memcpy(passed, CMSG_DATA(rights), sizeof passed);
  box->reference = passed[0];
  box->alive = passed[1];
}

static size_t await_plan(const struct sandbox *box) {
  struct order order = {.type = 0};
  ssize_t got = 0;
  do got = recv(box->front, &order, sizeof order, 0);
  while (got < 0 && errno == EINTR);
  if (got != (ssize_t)sizeof order || order.type != ORDER_PLAN || order.value < 0) _exit(OWN_FAILURE);
  return (size_t)order.value;
}

void sandbox_run_ahead(struct sandbox *box, unsigned long namespaces, const unsigned char *room) {
  struct plan plan;
  struct failure failure;
  namespaces_enter_ahead(box, namespaces);
  const size_t length = await_plan(box);
  unsigned char *frame = malloc(length + 1);
  if (frame == NULL) sandbox_stop(box, NULL, "memory", NULL);
  memcpy(frame, room, length);
  // The front decodes the same bytes at the same time, and tells what is wrong with them.
  if (!plan_decode_frame(&plan, box->caller, frame, length, &failure)) _exit(OWN_FAILURE);
  await_build(box);
  box->plan = &plan;
  if (plan.instance_directory == NULL) {
    close(box->reference);
    box->reference = -1;
  }
  if (wayland_context_of(&plan) == NULL) {
    close(box->alive);
    box->alive = -1;
  }
  sandbox_run(box);
}

void sandbox_run(struct sandbox *box) {
  leave_to_front(box, box->plan->followers.information);
  leave_to_front(box, box->plan->followers.status);
  namespaces_join_pid(box);
  // Dies with the front as long as it is not init; init watches the socket instead.
  if (box->plan->die_with_parent && prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0) sandbox_stop(box, NULL, "capabilities", "prctl");
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) sandbox_stop(box, NULL, "capabilities", "prctl");
  umask(0);
  // Who is told about the sandbox is told before it goes on, or ends.
  const struct followers *followers = &box->plan->followers;
  if (followers->maps_written >= 0 || followers->information >= 0 || followers->status >= 0) sandbox_wait_for_front(box);
  namespaces_enter_first(box);
  sources_open(box);
  namespaces_forbid_more(box);
  leave_host(box);
  operations_run(box);
  sandbox_wait_for_front(box);
  if (box->root != box->base) change_root(box, box->root);
  namespaces_enter_second(box);
  namespaces_limit_rights(box);
  wait_for_caller(box);
  sandbox_report(box, REPORT_READY, &box->servers);
  start_app(box);
}
