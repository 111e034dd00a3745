// The drop-in for bubblewrap: its arguments, its exit status, its monitor. Decoder and executor are those of every plan.
#include "bwrap.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "capabilities.h"
#include "followers.h"
#include "launch.h"
#include "messages.h"
#include "plan.h"

#define OWN_FAILURE 1
#define SIGNALLED 128
#define UNKNOWN_END 255

static const char USAGE[] =
  "usage: tsbox-bwrap [OPTION...] [--] COMMAND [ARGUMENT...]\n"
  "The options are bubblewrap's (see bwrap(1), of version 0.11), except those of setuid installations.\n";
// The version whose options are understood, in the form that callers parse.
static const char VERSION[] = "bubblewrap 0.11.1\n";

static int print(int descriptor, const char *text, int status) {
  return write(descriptor, text, strlen(text)) == (ssize_t)strlen(text) ? status : OWN_FAILURE;
}

static int own_failure(const struct plan *plan, const struct failure *failure) {
  message_print_line(plan->message_prefix, failure);
  return OWN_FAILURE;
}

// A binary with rights of its own would lend them to anyone's command line.
static bool has_borrowed_rights(const struct caller *caller) {
  uint64_t set = 0;
  if (getuid() != caller->uid || getgid() != caller->gid) return true;
  return caller->uid != 0 && (!capabilities_effective(&set) || set != 0);
}

static void let_go(const struct launch *launch, const struct caller *caller, const struct plan *plan) {
  const int status = plan->followers.status;
  // The other end of a pipe must see the program's end of it close, not ours. Standard error stays for messages.
  for (int standard = STDIN_FILENO; standard <= STDOUT_FILENO; standard++)
    if (standard != status) (void)dup2(launch->null, standard);
  for (size_t i = 0; i < caller->descriptor_count; i++)
    if (caller->descriptors[i] != status) close(caller->descriptors[i]);
  close(launch->null);
}

static int exit_status(const struct launch *launch) {
  int status = 0;
  pid_t ended = 0;
  do ended = waitpid(launch->child, &status, 0);
  while (ended < 0 && errno == EINTR);
  if (ended == launch->child && WIFEXITED(status)) return WEXITSTATUS(status);
  return ended == launch->child && WIFSIGNALED(status) ? SIGNALLED + WTERMSIG(status) : UNKNOWN_END;
}

// The program's end, told by its parent inside, or seen where it has none. -1 and a failure where it never began.
static int await_end(struct launch *launch, struct failure *failure) {
  for (int socket = launch->status;;) {
    struct report report = {.type = 0};
    struct pollfd waits[2] = {{.fd = socket, .events = POLLIN}, {.fd = launch->init, .events = POLLIN}};
    if (poll(waits, 2, -1) < 0 && errno == EINTR) continue;
    // What was said comes before what is seen.
    if (waits[0].revents == 0) {
      if (waits[1].revents != 0) return exit_status(launch);
      continue;
    }
    if (launch_receive(launch, &report) != 1) socket = -1;
    if (report.type == REPORT_EXITED) return report.as.value & 0xff;
    if (report.type == REPORT_FAILED) {
      failure_take(failure, &report);
      return -1;
    }
  }
}

int bwrap_main(struct caller *caller, struct stopwatch *watch) {
  struct plan plan = {.message_prefix = "bwrap: "};
  struct launch launch;
  struct failure failure;
  const struct plan_source source = {.descriptors = true, .bubblewrap = true};
  if (caller->argc == 1 && strcmp(caller->argv[0], "--version") == 0) return print(STDOUT_FILENO, VERSION, 0);
  if (has_borrowed_rights(caller)) {
    failure_set(&failure, "borrowed-rights", -1, EPERM, NULL);
    return own_failure(&plan, &failure);
  }
  if (caller->argc == 0) return print(STDERR_FILENO, USAGE, OWN_FAILURE);
  if (strcmp(caller->argv[0], "--help") == 0) return print(STDOUT_FILENO, USAGE, 0);
  (void)signal(SIGCHLD, SIG_DFL);
  sigdelset(&caller->mask, SIGCHLD);
  char *directory = get_current_dir_name();
  if (directory != NULL) caller->cwd = directory;
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
    failure_set(&failure, "capabilities", -1, errno, "prctl");
    return own_failure(&plan, &failure);
  }
  if (!plan_decode(&plan, &source, caller, caller->argv, (size_t)caller->argc, &failure)) return own_failure(&plan, &failure);
  stopwatch_mark(watch, "plan");
  launch_clear(&launch);
  if (!launch_start(&launch, &plan, caller, watch, &failure)) return own_failure(&plan, &failure);
  let_go(&launch, caller, &plan);
  const int status = await_end(&launch, &failure);
  if (status < 0) return own_failure(&plan, &failure);
  followers_tell_end(&plan, status);
  return status;
}
