// Reaps, reports the main process' stops and end to the front, passes the front's signals on. Lives until no process is left inside.
#include "init.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "allow-list.h"
#include "fail.h"
#include "sandbox.h"

#define SIGNALLED 128

struct init {
  pid_t main;
  bool main_ended;
  int stopped; // by this signal, or 0
  int status;
  int front; // -1 once the front is gone
  bool outlives; // what runs inside does not end with the front, and its stops are nobody's business
};

static int close_doors(void) {
  static const struct allowed_call CALLS[] = {
#ifdef SYS_poll
    {SYS_poll, ANY_ARGUMENT},
#endif
    {SYS_ppoll, ANY_ARGUMENT}, {SYS_read, ANY_ARGUMENT}, {SYS_recvfrom, ANY_ARGUMENT}, {SYS_sendto, ANY_ARGUMENT},
    {SYS_wait4, ANY_ARGUMENT}, {SYS_kill, ANY_ARGUMENT}, {SYS_getpgid, ANY_ARGUMENT}, {SYS_rt_sigtimedwait, ANY_ARGUMENT},
    {SYS_rt_sigreturn, ANY_ARGUMENT}, {SYS_restart_syscall, ANY_ARGUMENT}, {SYS_close, ANY_ARGUMENT}, {SYS_exit_group, ANY_ARGUMENT},
  };
  return allow_only(CALLS, sizeof CALLS / sizeof CALLS[0]);
}

// Leaves when the last process is gone. Stops of others than the main process are nobody's business.
static void reap(struct init *init) {
  for (;;) {
    int status = 0;
    const pid_t ended = waitpid(-1, &status, WNOHANG | WUNTRACED | WCONTINUED);
    if (ended < 0 && errno == EINTR) continue;
    if (ended < 0) _exit(init->status);
    if (ended == 0) return;
    if (ended != init->main) continue;
    init->stopped = WIFSTOPPED(status) ? WSTOPSIG(status) : 0;
    if (WIFSTOPPED(status) && init->front >= 0 && !init->outlives) report_value(init->front, REPORT_STOPPED, init->stopped);
    if (WIFSTOPPED(status) || WIFCONTINUED(status)) continue;
    init->main_ended = true;
    init->status = WIFSIGNALED(status) ? SIGNALLED + WTERMSIG(status) : WEXITSTATUS(status);
    if (init->front >= 0) report_value(init->front, REPORT_EXITED, init->status);
  }
}

// True where this signal was sent to the whole process group: then init has a copy too, and so has the main process if it never left the group.
static bool take_own_copy(int signal_) {
  const struct timespec at_once = {0};
  sigset_t set;
  sigemptyset(&set);
  return sigaddset(&set, signal_) == 0 && sigtimedwait(&set, NULL, &at_once) == signal_;
}

// True where the main process must be sent what the front got: it has no copy of its own.
static bool misses(const struct init *init, int signal_) {
  const bool everyone_has_it = take_own_copy(signal_);
  return !everyone_has_it || getpgid(init->main) != getpgid(0);
}

// The front was continued: what was reported as a stop before is past. Where the main process stands still again (it may have read the terminal from
// the background in the meantime) it is woken once more; if it has reason to stop, it will, and that is a new report.
static void go_on(struct init *init) {
  reap(init);
  report_value(init->front, REPORT_CONTINUED, 0);
  const bool wake = misses(init, SIGCONT) || init->stopped != 0;
  init->stopped = 0;
  if (wake && !init->main_ended) kill(init->main, SIGCONT);
}

static void obey(struct init *init, const struct order *order) {
  if (init->main_ended || order->value < 0 || order->value >= NSIG) return;
  if (order->type == ORDER_CONTINUE) go_on(init);
  if (order->type == ORDER_DISCARD) (void)take_own_copy(order->value);
  if (order->type == ORDER_SIGNAL && misses(init, order->value)) kill(init->main, order->value);
}

static void listen_to_front(struct init *init) {
  struct order order;
  const ssize_t got = recv(init->front, &order, sizeof order, MSG_DONTWAIT);
  if (got == (ssize_t)sizeof order) {
    obey(init, &order);
    return;
  }
  if (got < 0 && (errno == EINTR || errno == EAGAIN)) return;
  // The front's death ends the app; after the app's end it only says goodbye, and others inside may go on.
  if (!init->main_ended && !init->outlives) {
    kill(-1, SIGKILL);
    _exit(SIGNALLED + SIGKILL);
  }
  close(init->front);
  init->front = -1;
}

int init_main(int argc, char **argv) {
  struct init init = {.front = INIT_FRONT};
  sigset_t children;
  init.main = argc >= 2 ? (pid_t)strtol(argv[1], NULL, 10) : 0;
  init.outlives = argc == 3 && strcmp(argv[2], INIT_OUTLIVES) == 0;
  // INVARIANT: who does not outlive the front is pid 1, so that killing everyone ends this sandbox and nothing else.
  if (init.main <= 1 || (getpid() != 1 && !init.outlives)) return 125;
  sigemptyset(&children);
  sigaddset(&children, SIGCHLD);
  const int ended = signalfd(-1, &children, SFD_CLOEXEC | SFD_NONBLOCK);
  // SIGCHLD comes by the descriptor alone.
  const bool blocked = sigprocmask(SIG_BLOCK, &children, NULL) == 0;
  const bool alone = init.outlives || prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0) == 0;
  const bool ready = ended >= 0 && blocked && alone && prctl(PR_SET_NAME, "tsbox-init", 0, 0, 0) == 0;
  if (!ready || close_doors() != 0) fail(init.front, "init-exec", -1, errno, "set-up");
  for (;;) {
    struct pollfd waits[2] = {{.fd = ended, .events = POLLIN}, {.fd = init.front, .events = POLLIN}};
    struct signalfd_siginfo drained;
    // First, not last: the main process may have ended before the descriptor for it was there.
    while (read(ended, &drained, sizeof drained) > 0) continue;
    reap(&init);
    if (poll(waits, 2, -1) < 0 && errno != EINTR) return init.status;
    if (init.front >= 0 && waits[1].revents != 0) listen_to_front(&init);
  }
}
