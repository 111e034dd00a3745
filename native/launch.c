// From a plan to a running sandbox, seen from outside. Sandbox and connector are built at the same time; the app starts only when both stand.
#include "launch.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "connector.h"
#include "followers.h"
#include "instance.h"
#include "refusal.h"
#include "wayland-context.h"
#include "x11-server.h"

#define SIGNALLED 128
// Of a plan that a child was cloned ahead of. A longer one is rare, and its child is cloned after it.
#define ROOM_BYTES (1024UL * 1024UL)

static bool failed(struct failure *failure, const char *stage, const char *detail) {
  failure_set(failure, stage, -1, errno, detail);
  return false;
}

// Signals that end a start; later they are the app's business.
static bool ends_start(int signal_) {
  struct sigaction action;
  if (signal_ != SIGINT && signal_ != SIGTERM && signal_ != SIGHUP && signal_ != SIGQUIT) return false;
  return sigaction(signal_, NULL, &action) != 0 || action.sa_handler != SIG_IGN;
}

static bool block_signals(struct launch *launch) {
  sigset_t every;
  sigset_t wanted;
  sigfillset(&every);
  sigfillset(&wanted);
  // The child's end is seen on the report socket; a fault of our own must not wait in a queue.
  static const int OWN[] = {SIGCHLD, SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGSYS, SIGTRAP};
  for (size_t i = 0; i < sizeof OWN / sizeof OWN[0]; i++) {
    sigdelset(&wanted, OWN[i]);
    if (OWN[i] != SIGCHLD) sigdelset(&every, OWN[i]);
  }
  if (sigprocmask(SIG_SETMASK, &every, NULL) != 0) return false;
  launch->signals = signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK);
  return launch->signals >= 0;
}

// One call, so that the user namespace owns all the others. Same order of arguments on x86-64 and aarch64 as far as they are used.
static pid_t clone_child(unsigned long namespaces, int *pidfd) {
  return (pid_t)syscall(SYS_clone, namespaces | CLONE_PIDFD | SIGCHLD, NULL, pidfd, NULL, NULL);
}

void launch_clear(struct launch *launch) {
  memset(launch, 0, sizeof *launch);
  launch->init = launch->status = launch->signals = launch->connector = launch->orphans = launch->null = launch->alive = -1;
}

void launch_ahead(struct launch *launch, const struct caller *caller, unsigned long namespaces) {
  int pair[2];
  sigset_t every;
  sigset_t before;
  if (launch->child > 0) return;
  if (launch->room == NULL) launch->room = mmap(NULL, ROOM_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (launch->room == MAP_FAILED) launch->room = NULL;
  if (launch->null < 0) launch->null = open("/dev/null", O_RDWR | O_CLOEXEC);
  if (launch->room == NULL || launch->null < 0 || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) return;
  // The child keeps for the app what comes meanwhile; we still end by a signal as long as there is nothing to end with us.
  sigfillset(&every);
  const bool masked = sigprocmask(SIG_SETMASK, &every, &before) == 0;
  launch->child = masked ? clone_child(namespaces, &launch->init) : -1;
  if (launch->child == 0) {
    struct sandbox box = {.caller = caller, .front = pair[1], .reference = -1, .alive = -1, .null = launch->null, .base = -1, .root = -1, .parent = -1, .proc = -1, .init_tree = -1};
    close(pair[0]);
    sandbox_run_ahead(&box, namespaces, launch->room);
  }
  // Where this fails, signals wait until launch_start reads them.
  if (masked) (void)sigprocmask(SIG_SETMASK, &before, NULL);
  close(pair[1]);
  if (launch->child > 0) {
    launch->status = pair[0];
    launch->ahead = namespaces;
    return;
  }
  close(pair[0]);
  launch->child = 0;
}

void launch_keep_frame(struct launch *launch, const unsigned char *bytes, size_t length) {
  const struct order order = {.type = ORDER_PLAN, .value = (int)length};
  if (launch->ahead == 0 || length > ROOM_BYTES) return;
  memcpy(launch->room, bytes, length);
  launch->plan_sent = send(launch->status, &order, sizeof order, MSG_NOSIGNAL) == (ssize_t)sizeof order;
}

void launch_forget_ahead(struct launch *launch) {
  if (launch->ahead == 0) return;
  // Our child, and not reaped yet, so the number is its own.
  kill(launch->child, SIGKILL);
  (void)waitpid(launch->child, NULL, 0);
  close(launch->status);
  close(launch->init);
  launch->child = 0;
  launch->ahead = 0;
  launch->status = launch->init = -1;
}

// Tells the child that has the plan to follow it. False: there is none, or it is not what the plan asks for.
static bool follow_ahead(struct launch *launch, const struct plan *plan, int reference, int alive) {
  const struct order order = {.type = ORDER_BUILD};
  union {
    char bytes[CMSG_SPACE(2 * sizeof(int))];
    struct cmsghdr align;
  } control;
  // Something stands for what the plan does not have; the child knows by the plan.
  const int passed[2] = {reference < 0 ? launch->null : reference, alive < 0 ? launch->null : alive};
  struct iovec piece = {.iov_base = (void *)(uintptr_t)&order, .iov_len = sizeof order};
  struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1};
  if (launch->ahead == 0 || launch->ahead != plan->namespaces || !launch->plan_sent) return false;
  memset(&control, 0, sizeof control);
  message.msg_control = control.bytes;
  message.msg_controllen = sizeof control.bytes;
  struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
  rights->cmsg_level = SOL_SOCKET;
  rights->cmsg_type = SCM_RIGHTS;
  rights->cmsg_len = CMSG_LEN(sizeof passed);
  memcpy(CMSG_DATA(rights), passed, sizeof passed);
  if (sendmsg(launch->status, &message, MSG_NOSIGNAL) != (ssize_t)sizeof order) return false;
  launch->ahead = 0;
  return true;
}

static bool clone_now(struct launch *launch, const struct plan *plan, const struct caller *caller, int reference, int alive, struct failure *failure) {
  int pair[2];
  unsigned long namespaces = plan->namespaces;
  if (plan->joined.pid >= 0) namespaces &= ~(unsigned long)CLONE_NEWPID; // made below the one that is joined
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) return failed(failure, "namespaces", "socketpair");
  if (!followers_prepare(plan, pair[0], failure)) return false;
  launch->child = clone_child(namespaces, &launch->init);
  if (launch->child < 0) return failed(failure, "namespaces", "clone");
  if (launch->child == 0) {
    struct sandbox box = {
      .plan = plan, .caller = caller, .front = pair[1], .reference = reference, .alive = alive, .null = launch->null, .base = -1, .root = -1, .parent = -1, .proc = -1, .init_tree = -1,
    };
    close(pair[0]);
    if (launch->alive >= 0) close(launch->alive);
    sandbox_run(&box);
  }
  close(pair[1]);
  launch->status = pair[0];
  return true;
}

static bool start_connector(struct launch *launch, const struct plan *plan, const struct caller *caller, int reference, struct failure *failure) {
  int requests[2];
  int report[2];
  if (!plan->has_connector) return true;
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, requests) != 0) return failed(failure, "connector", "socketpair");
  launch->connector = requests[0];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, report) != 0) return failed(failure, "connector", "socketpair");
  launch->orphans = report[0];
  const pid_t pid = fork();
  if (pid < 0) return failed(failure, "connector", "fork");
  if (pid == 0) {
    const struct connector connector = {
      .plan = plan, .caller = caller, .report = report[1], .requests = requests[1], .init = launch->init, .reference = reference, .null = launch->null,
    };
    connector_run(&connector);
  }
  launch->connector_pid = pid;
  close(requests[1]);
  close(report[1]);
  return true;
}

int launch_receive(struct launch *launch, struct report *report) {
  union {
    char bytes[CMSG_SPACE(sizeof(int) * MAX_LISTENERS)];
    struct cmsghdr align;
  } control;
  struct iovec piece = {.iov_base = report, .iov_len = sizeof *report};
  struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
  ssize_t got = 0;
  memset(report, 0, sizeof *report);
  // ECONNRESET says, once, that the other side left an order unread; what it had sent before is still in the queue.
  do got = recvmsg(launch->status, &message, MSG_CMSG_CLOEXEC);
  while (got < 0 && (errno == EINTR || errno == ECONNRESET));
  if (got <= 0) return got == 0 ? 0 : -errno;
  for (struct cmsghdr *part = CMSG_FIRSTHDR(&message); part != NULL; part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    const size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    // Only the process that builds the sandbox sends descriptors, and before the app starts; what came from an app would be closed here.
    struct sockets *into = report->type == REPORT_LISTENING ? &launch->listeners : report->type == REPORT_READY ? &launch->servers : NULL;
    int received[MAX_LISTENERS];
    memcpy(received, CMSG_DATA(part), count * sizeof(int));
    for (size_t i = 0; i < count; i++) {
      if (!launch->stands && into != NULL && into->count < MAX_LISTENERS) into->descriptors[into->count++] = received[i];
      else close(received[i]);
    }
  }
  return 1;
}

bool launch_await(struct launch *launch, int descriptor, short events) {
  for (;;) {
    struct signalfd_siginfo info;
    struct pollfd waits[2] = {{.fd = descriptor, .events = events}, {.fd = launch->signals, .events = POLLIN}};
    if (poll(waits, 2, -1) < 0 && errno != EINTR) return true; // using it says what is wrong
    if (waits[0].revents != 0) return true;
    if (read(launch->signals, &info, sizeof info) != (ssize_t)sizeof info || !ends_start((int)info.ssi_signo)) continue;
    launch->interrupted = true;
    launch->status_of_end = SIGNALLED + (int)info.ssi_signo;
    return false;
  }
}

static bool await_connector(struct launch *launch, struct failure *failure) {
  struct report report;
  if (launch->orphans < 0) return true;
  if (!launch_await(launch, launch->orphans, POLLIN)) return false;
  const ssize_t got = recv(launch->orphans, &report, sizeof report, 0);
  if (got > 0 && report.type == REPORT_READY) return true;
  errno = ECHILD;
  if (got != (ssize_t)sizeof report || report.type != REPORT_FAILED) return failed(failure, "connector", "it ended");
  failure_take(failure, &report);
  return false;
}

// Sockets come in the order of their operations.
int launch_take_server(struct launch *launch, const struct plan *plan, const struct operation *operation) {
  size_t at = 0;
  for (size_t i = 0; &plan->operations[i] != operation; i++) {
    const enum operation_kind kind = plan->operations[i].kind;
    // Taken in the order Wayland context, X server, clipboard: what was taken before is gone.
    if ((kind == OPERATION_X11_SERVER || kind == OPERATION_X11_CLIPBOARD) && operation->kind == OPERATION_WAYLAND) at++;
  }
  if (at >= launch->servers.count) return -1;
  const int server = launch->servers.descriptors[at];
  launch->servers.count--;
  memmove(launch->servers.descriptors + at, launch->servers.descriptors + at + 1, sizeof(int) * (launch->servers.count - at));
  return server;
}

static bool await_sandbox(struct launch *launch, struct failure *failure) {
  for (;;) {
    struct report report = {.type = 0};
    if (!launch_await(launch, launch->status, POLLIN)) return false;
    const int result = launch_receive(launch, &report);
    if (result == 1 && report.type == REPORT_LISTENING) {
      if (launch->listening != NULL) launch->listening(launch, launch->who);
      continue;
    }
    launch->stands = result == 1 && report.type == REPORT_READY;
    if (launch->stands) return true;
    if (result == 1 && report.type == REPORT_FAILED) failure_take(failure, &report);
    else failure_set(failure, "init-lost", -1, 0, NULL);
    return false;
  }
}

static void abandon(struct launch *launch) {
  // Both are our children and not reaped yet, so the numbers are theirs.
  if (launch->child > 0) kill(launch->child, SIGKILL);
  if (launch->connector_pid > 0) kill(launch->connector_pid, SIGKILL);
  if (launch->child > 0) (void)waitpid(launch->child, NULL, 0);
  if (launch->connector_pid > 0) (void)waitpid(launch->connector_pid, NULL, 0);
  launch->ahead = 0;
}

static bool build(struct launch *launch, struct plan *plan, const struct caller *caller, struct stopwatch *watch, struct failure *failure) {
  struct instance instance;
  int alive[2] = {-1, -1};
  const struct order go = {.type = ORDER_GO};
  if (launch->null < 0) launch->null = open("/dev/null", O_RDWR | O_CLOEXEC);
  if (launch->null < 0) return failed(failure, "dev", "/dev/null");
  if (!instance_open(&instance, plan->instance_directory, failure)) return false;
  if (wayland_context_of(plan) != NULL && pipe2(alive, O_CLOEXEC) != 0) return failed(failure, "namespaces", "pipe");
  launch->alive = alive[0];
  if (!plan->bubblewrap && !block_signals(launch)) return failed(failure, "namespaces", "signalfd");
  if (!follow_ahead(launch, plan, instance.reference, alive[1])) {
    launch_forget_ahead(launch);
    if (!clone_now(launch, plan, caller, instance.reference, alive[1], failure)) return false;
  }
  if (alive[1] >= 0) close(alive[1]);
  stopwatch_mark(watch, "clone");
  if (!start_connector(launch, plan, caller, instance.reference, failure)) return false;
  if (!instance_write(&instance, launch->child, plan, failure) || !await_connector(launch, failure)) return false;
  instance_close(&instance);
  stopwatch_mark(watch, "connector");
  if (launch->may_go != NULL && !launch->may_go(launch, launch->who, failure)) return false;
  if (plan->bubblewrap && !followers_inform(launch, plan, failure)) return false;
  ssize_t sent = 0;
  do sent = send(launch->status, &go, sizeof go, MSG_NOSIGNAL);
  while (sent < 0 && errno == EINTR);
  // A child that has failed already tells why below; any other would wait for ever.
  if (sent < 0 && errno != EPIPE && errno != ECONNRESET) return failed(failure, "namespaces", "send");
  if (!await_sandbox(launch, failure)) return false;
  wayland_context_make(plan, launch);
  x11_server_start(plan, launch, caller);
  stopwatch_mark(watch, "sandbox");
  return true;
}

bool launch_start(struct launch *launch, struct plan *plan, const struct caller *caller, struct stopwatch *watch, struct failure *failure) {
  if (build(launch, plan, caller, watch, failure)) return true;
  abandon(launch);
  if (!launch->interrupted) refusal_name(failure);
  return false;
}

void launch_hand_over(struct launch *launch, const struct caller *caller) {
  for (size_t i = 0; i < launch->listeners.count; i++) close(launch->listeners.descriptors[i]);
  for (size_t i = 0; i < launch->servers.count; i++) close(launch->servers.descriptors[i]);
  if (launch->connector >= 0) close(launch->connector);
  // The other end of a pipe must see the app's end of it close, not ours. Standard error stays for messages.
  (void)dup2(launch->null, STDIN_FILENO);
  (void)dup2(launch->null, STDOUT_FILENO);
  for (size_t i = 0; i < caller->descriptor_count; i++) close(caller->descriptors[i]);
  close(launch->null);
}
