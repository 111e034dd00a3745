// A keeper between the sandbox and its X server: ends the server when nothing runs inside any more, whatever became of the front. The server has the
// caller's environment and display; no app's byte is read here.
#include "x11-server.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "messages.h"
#include "syscalls.h"

#define SERVER_SOCKET 3 // SD_LISTEN_FDS_START, sd_listen_fds(3)
#define KEPT_STDERR 4

// Without shared memory: a client names it by the number that it has outside, and the server, which runs there, would read any of the user's for it.
// Xephyr takes its socket as a service does, Xwayland by an option; both find a display number that is free outside and listen nowhere there.
static void execute(const struct operation *operation, const struct caller *caller) {
  const char *const program = operation->source;
  char title[300];
  char pid[24];
  char variable[] = "LISTEN_FDS=1";
  const char *const xephyr[] = {program, "-displayfd", "1", "-nolisten", "tcp", "-nolisten", "unix", "-nolisten", "local", "-extension", "MIT-SHM", "-screen", "1280x800", "-resizeable", "-title", title, NULL};
  const char *const xwayland[] = {program, "-displayfd", "1", "-nolisten", "tcp", "-nolisten", "unix", "-nolisten", "local", "-extension", "MIT-SHM", "-listenfd", "3", NULL};
  const char *slash = strrchr(program, '/');
  const bool is_wayland = slash != NULL && strcmp(slash, "/Xwayland") == 0;
  size_t count = 0;
  while (caller->environment[count] != NULL) count++;
  char **environment = calloc(count + 3, sizeof *environment);
  if (environment == NULL) return;
  size_t kept = 0;
  for (size_t i = 0; i < count; i++)
    if (strncmp(caller->environment[i], "LISTEN_", 7) != 0) environment[kept++] = caller->environment[i];
  snprintf(pid, sizeof pid, "LISTEN_PID=%d", getpid());
  environment[kept++] = variable;
  environment[kept] = pid;
  snprintf(title, sizeof title, "%s", operation->app_id);
  execve(program, (char *const *)(uintptr_t)(is_wayland ? xwayland : xephyr), is_wayland ? caller->environment : environment);
}

_Noreturn static void become_server(const struct operation *operation, const struct caller *caller, int null) {
  // The keeper's death is its own.
  (void)prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0);
  const bool quiet = dup2(STDERR_FILENO, KEPT_STDERR) >= 0 && fcntl(KEPT_STDERR, F_SETFD, FD_CLOEXEC) == 0 && dup2(null, STDERR_FILENO) >= 0;
  if (quiet && sys_close_range(KEPT_STDERR + 1, ~0U, CLOSE_RANGE_CLOEXEC) == 0) execute(operation, caller);
  const int error = errno;
  (void)dup2(KEPT_STDERR, STDERR_FILENO);
  message_print("front.x11-server", operation->source, NULL, error);
  _exit(127);
}

_Noreturn static void keep(const struct operation *operation, const struct caller *caller, int listener, int init, int null) {
  sigset_t none;
  sigemptyset(&none);
  (void)setsid();
  (void)prctl(PR_SET_NAME, "tsbox-x11", 0, 0, 0);
  for (int signal_ = 1; signal_ < NSIG; signal_++) (void)signal(signal_, SIG_DFL);
  // The numbers below are ours from here on; nothing else that the front had stays, so that its death ends what counts on it.
  const int high_init = fcntl(init, F_DUPFD_CLOEXEC, KEPT_STDERR + 1);
  const int high_null = fcntl(null, F_DUPFD_CLOEXEC, KEPT_STDERR + 1);
  if (high_init < 0 || high_null < 0 || dup2(listener, SERVER_SOCKET) < 0) _exit(125);
  const unsigned low = (unsigned)(high_init < high_null ? high_init : high_null);
  const unsigned high = (unsigned)(high_init < high_null ? high_null : high_init);
  const bool alone = (low == KEPT_STDERR + 1 || sys_close_range(KEPT_STDERR + 1, low - 1, 0) == 0) && (high == low + 1 || sys_close_range(low + 1, high - 1, 0) == 0);
  if (!alone || sys_close_range(high + 1, ~0U, 0) != 0) _exit(125);
  // Xephyr wants a socket that blocks, as every service is given one.
  (void)fcntl(SERVER_SOCKET, F_SETFL, 0);
  (void)dup2(high_null, STDIN_FILENO);
  (void)dup2(high_null, STDOUT_FILENO);
  sigprocmask(SIG_SETMASK, &none, NULL);
  const pid_t server = fork();
  if (server == 0) become_server(operation, caller, high_null);
  close(SERVER_SOCKET);
  (void)dup2(high_null, STDERR_FILENO);
  close(KEPT_STDERR);
  const int ended = server < 0 ? -1 : sys_pidfd_open(server);
  struct pollfd waits[2] = {{.fd = high_init, .events = POLLIN}, {.fd = ended, .events = POLLIN}};
  while (ended >= 0 && poll(waits, 2, -1) < 0 && errno == EINTR) continue;
  if (server > 0) kill(server, SIGTERM);
  _exit(0);
}

void x11_server_start(const struct plan *plan, struct launch *launch, const struct caller *caller) {
  for (size_t i = 0; i < plan->operation_count; i++) {
    const struct operation *operation = &plan->operations[i];
    if (operation->kind != OPERATION_X11_SERVER) continue;
    const int listener = launch_take_listener(launch, plan, operation);
    const pid_t keeper = fork();
    if (keeper == 0) keep(operation, caller, listener, launch->init, launch->null);
    if (keeper < 0) message_print("front.x11-server", operation->source, NULL, errno);
    close(listener);
    return;
  }
}
