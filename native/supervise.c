// Between a shell and an app that share one terminal, session and process group: what the terminal sends reaches the app by itself, what a
// process sends to the front is passed on; stops of the app are shown to the shell as the front's own.
#include "supervise.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#define KILLED (128 + SIGKILL)
#define EXEC_FAILED (-1)
#define RUNNING (-2)

struct supervisor {
  struct launch *launch;
  bool resuming; // continued, and init has not yet said that it knows
};

static void send_order(const struct launch *launch, enum order_type type, int value) {
  const struct order order = {.type = (int)type, .value = value};
  (void)!send(launch->status, &order, sizeof order, MSG_NOSIGNAL);
}

// Stops the way the app did, so that the shell says so; returns when the shell lets us go on.
static void stop_with_app(const struct launch *launch, int signal_) {
  sigset_t one;
  sigset_t before;
  sigemptyset(&one);
  sigaddset(&one, signal_);
  raise(signal_);
  sigprocmask(SIG_UNBLOCK, &one, &before);
  sigprocmask(SIG_SETMASK, &before, NULL);
  send_order(launch, ORDER_CONTINUE, 0);
}

static void pass_signals(const struct launch *launch) {
  struct signalfd_siginfo info;
  while (read(launch->signals, &info, sizeof info) == (ssize_t)sizeof info) {
    // A code above 0 is the kernel's: the terminal sent it to the whole group, the app included. A hang-up goes to the leader of the session alone.
    const bool is_hang_up = info.ssi_signo == SIGHUP && getsid(0) == getpid();
    const bool from_process = info.ssi_code <= 0 || is_hang_up;
    if (info.ssi_signo == SIGCONT) continue;
    send_order(launch, from_process ? ORDER_SIGNAL : ORDER_DISCARD, (int)info.ssi_signo);
  }
}

static int take_report(struct supervisor *supervisor, struct failure *failure) {
  struct report report;
  if (launch_receive(supervisor->launch, &report) != 1) return KILLED; // init was killed, and with it all inside
  switch (report.type) {
    case REPORT_EXITED: return report.as.value & 0xff;
    case REPORT_CONTINUED: supervisor->resuming = false; return RUNNING;
    case REPORT_STOPPED:
      if (supervisor->resuming) return RUNNING; // from before our own stop ended
      stop_with_app(supervisor->launch, report.as.value);
      supervisor->resuming = true;
      return RUNNING;
    case REPORT_FAILED: failure_take(failure, &report); return EXEC_FAILED;
    default: return RUNNING;
  }
}

// An interactive shell inside may have made a group of its own the terminal's foreground. With that group gone, the terminal would belong to nobody
// until our own shell notices; a script that goes on after us never would.
static void take_terminal_back(int terminal) {
  const pid_t owner = tcgetpgrp(terminal);
  if (owner > 0 && owner != getpgrp() && kill(-owner, 0) != 0 && errno == ESRCH) (void)tcsetpgrp(terminal, getpgrp()); // SIGTTOU is blocked
}

int supervise_terminal(void) {
  for (int standard = 0; standard <= 2; standard++)
    if (isatty(standard) == 1 && tcgetpgrp(standard) == getpgrp()) return fcntl(standard, F_DUPFD_CLOEXEC, 3);
  return -1;
}

// The connector has a socket for the next bus process, and there is no broker: one is started for it. What cannot be done is asked for again by the connector.
static int carry_orphan(const struct launch *launch, struct broker_client *client) {
  struct report report;
  int brought[2] = {-1, launch->orphans};
  union {
    char bytes[CMSG_SPACE(sizeof(int))];
    struct cmsghdr align;
  } control;
  struct iovec piece = {.iov_base = &report, .iov_len = sizeof report};
  struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
  if (recvmsg(launch->orphans, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT) <= 0) return -1;
  const struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
  if (rights == NULL || rights->cmsg_level != SOL_SOCKET || rights->cmsg_type != SCM_RIGHTS) return -1;
  memcpy(&brought[0], CMSG_DATA(rights), sizeof(int));
  client->orphan = brought;
  client->may_start = true;
  client->begun = broker_now();
  const bool taken = broker_ask(client) == BROKER_ACKNOWLEDGED;
  client->orphan = NULL;
  close(brought[0]);
  return taken ? client->reader.socket : -1;
}

int supervise(struct launch *launch, int terminal, const struct caller *caller, struct broker_client *client, struct failure *failure) {
  int broker = client == NULL ? -1 : client->reader.socket;
  launch_hand_over(launch, caller);
  struct supervisor supervisor = {.launch = launch};
  int result = RUNNING;
  while (result == RUNNING) {
    const bool waits_for_orphans = client != NULL && broker < 0 && launch->orphans >= 0;
    struct pollfd waits[4] = {
      {.fd = launch->status, .events = POLLIN}, {.fd = launch->signals, .events = POLLIN}, {.fd = broker, .events = 0}, {.fd = waits_for_orphans ? launch->orphans : -1, .events = POLLIN},
    };
    if (poll(waits, 4, -1) < 0 && errno != EINTR) return KILLED;
    if (waits[2].revents != 0) broker = -1; // it may leave at any time; no app notices
    if (waits[1].revents != 0) pass_signals(launch);
    if (waits[0].revents != 0) result = take_report(&supervisor, failure);
    else if ((waits[3].revents & POLLIN) != 0) broker = carry_orphan(launch, client);
    else if (waits[3].revents != 0) launch->orphans = -1; // the connector is gone
  }
  if (terminal >= 0) take_terminal_back(terminal);
  return result;
}
