// A keeper between the sandbox and its X server: ends the server when nothing runs inside any more, whatever became of the front. The server has the
// caller's environment and display; no app's byte is read here.
#include "x11-server.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "broker-start.h"
#include "messages.h"
#include "syscalls.h"

#define SERVER_SOCKET 3 // SD_LISTEN_FDS_START, sd_listen_fds(3)
#define KEPT_STDERR 4
#define KEPT_INIT 5
#define KEPT_NULL 6
#define KEPT_CONNECTION 7
#define ABOVE_ALL 64 // where copies lie until they have those numbers

// What the carrier of the clipboard is started with; `ways` NULL: there is none.
struct carrier {
  const char *ways;
  char node[PATH_MAX];
  char script[PATH_MAX + 16];
  int connection; // to the app's server
};

// Without shared memory: a client names it by the number that it has outside, and the server, which runs there, would read any of the user's for it.
// Without DRI3 where the app has no graphics device: a server that draws with one gives its clients a descriptor of it.
// Xephyr takes its socket as a service does, Xwayland by an option; both find a display number that is free outside and listen nowhere there.
// The last client of many goes before the next one comes: a server that began anew then would lose who connects meanwhile.
static void execute(const struct operation *operation, const struct caller *caller, bool has_graphics) {
  const char *const program = operation->source;
  char title[300];
  char pid[24];
  char variable[] = "LISTEN_FDS=1";
  const char *const xephyr[] = {program, "-displayfd", "1", "-nolisten", "tcp", "-nolisten", "unix", "-nolisten", "local", "-noreset", "-extension", "MIT-SHM", "-screen", "1280x800", "-resizeable", "-title", title, NULL};
  const char *const xwayland[] = {program, "-displayfd", "1", "-nolisten", "tcp", "-nolisten", "unix", "-nolisten", "local", "-noreset", "-extension", "MIT-SHM", "-listenfd", "3", has_graphics ? NULL : "-extension", "DRI3", NULL};
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

_Noreturn static void become_server(const struct operation *operation, const struct caller *caller, bool has_graphics, int null) {
  // The keeper's death is its own.
  (void)prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0);
  const bool quiet = dup2(STDERR_FILENO, KEPT_STDERR) >= 0 && fcntl(KEPT_STDERR, F_SETFD, FD_CLOEXEC) == 0 && dup2(null, STDERR_FILENO) >= 0;
  if (quiet && sys_close_range(KEPT_STDERR + 1, ~0U, CLOSE_RANGE_CLOEXEC) == 0) execute(operation, caller, has_graphics);
  const int error = errno;
  (void)dup2(KEPT_STDERR, STDERR_FILENO);
  message_print("front.x11-server", operation->source, NULL, error);
  _exit(127);
}

// Node, with what it needs to find the user's X server and nothing else of the caller's. It reads what an app wrote: a crash of it ends the carrying alone.
_Noreturn static void become_carrier(const struct carrier *carrier, const struct caller *caller) {
  static const char *const NAMES[] = {"DISPLAY", "XAUTHORITY", "XAUTHLOCALHOSTNAME", "HOME"};
  static char text[sizeof NAMES / sizeof NAMES[0]][PATH_MAX + 32];
  char *environment[sizeof NAMES / sizeof NAMES[0] + 1] = {NULL};
  char young[] = "--max-semi-space-size=1";
  size_t count = 0;
  for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++) {
    const char *value = caller_variable(caller, NAMES[i]);
    if (value == NULL || (size_t)snprintf(text[i], sizeof text[i], "%s=%s", NAMES[i], value) >= sizeof text[i]) continue;
    environment[count++] = text[i];
  }
  char *const arguments[] = {(char *)(uintptr_t)carrier->node, young, (char *)(uintptr_t)carrier->script, (char *)(uintptr_t)carrier->ways, NULL};
  (void)prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0);
  if (dup2(KEPT_CONNECTION, SERVER_SOCKET) < 0 || sys_close_range(SERVER_SOCKET + 1, ~0U, 0) != 0 || chdir("/") != 0) _exit(125);
  execve(carrier->node, arguments, environment);
  _exit(127);
}

// The numbers from 3 on are ours; nothing else that the front had stays, so that its death ends what counts on it.
static bool keep_alone(int listener, int init, int null, int connection) {
  const int wanted[] = {SERVER_SOCKET, KEPT_INIT, KEPT_NULL, KEPT_CONNECTION};
  const int given[] = {listener, init, null, connection};
  int high[4];
  for (size_t i = 0; i < 4; i++) {
    high[i] = fcntl(given[i] < 0 ? null : given[i], F_DUPFD_CLOEXEC, ABOVE_ALL);
    if (high[i] < 0) return false;
  }
  for (size_t i = 0; i < 4; i++)
    if (dup3(high[i], wanted[i], i == 0 ? 0 : O_CLOEXEC) < 0) return false;
  return sys_close_range(KEPT_CONNECTION + 1, ~0U, 0) == 0;
}

_Noreturn static void keep(const struct operation *operation, const struct caller *caller, bool has_graphics, const struct carrier *carrier, int listener, int init, int null) {
  sigset_t none;
  sigemptyset(&none);
  (void)setsid();
  (void)prctl(PR_SET_NAME, "tsbox-x11", 0, 0, 0);
  for (int signal_ = 1; signal_ < NSIG; signal_++) (void)signal(signal_, SIG_DFL);
  if (!keep_alone(listener, init, null, carrier->connection)) _exit(125);
  // Xephyr wants a socket that blocks, as every service is given one.
  (void)fcntl(SERVER_SOCKET, F_SETFL, 0);
  (void)dup2(KEPT_NULL, STDIN_FILENO);
  (void)dup2(KEPT_NULL, STDOUT_FILENO);
  sigprocmask(SIG_SETMASK, &none, NULL);
  const pid_t server = fork();
  if (server == 0) become_server(operation, caller, has_graphics, KEPT_NULL);
  close(SERVER_SOCKET);
  (void)dup2(KEPT_NULL, STDERR_FILENO);
  close(KEPT_STDERR);
  // Its end comes with ours, or with the server's.
  if (carrier->ways != NULL && fork() == 0) become_carrier(carrier, caller);
  close(KEPT_CONNECTION);
  const int ended = server < 0 ? -1 : sys_pidfd_open(server);
  struct pollfd waits[2] = {{.fd = KEPT_INIT, .events = POLLIN}, {.fd = ended, .events = POLLIN}};
  while (ended >= 0 && poll(waits, 2, -1) < 0 && errno == EINTR) continue;
  if (server > 0) kill(server, SIGTERM);
  _exit(0);
}

static const struct operation *operation_of(const struct plan *plan, enum operation_kind kind) {
  for (size_t i = 0; i < plan->operation_count; i++)
    if (plan->operations[i].kind == kind) return &plan->operations[i];
  return NULL;
}

static bool shows_graphics(const struct plan *plan) {
  for (size_t i = 0; i < plan->operation_count; i++) {
    const struct operation *operation = &plan->operations[i];
    if (!operation->devices) continue;
    if (strcmp(operation->destination, "/dev") == 0 || strncmp(operation->destination, "/dev/dri", 8) == 0) return true;
  }
  return false;
}

void x11_server_start(const struct plan *plan, struct launch *launch, const struct caller *caller) {
  const struct operation *operation = operation_of(plan, OPERATION_X11_SERVER);
  const struct operation *clipboard = operation_of(plan, OPERATION_X11_CLIPBOARD);
  static struct carrier carrier; // too big for the stack's comfort
  if (operation == NULL) return;
  const int listener = launch_take_server(launch, plan, operation);
  carrier.connection = clipboard == NULL ? -1 : launch_take_server(launch, plan, clipboard);
  if (carrier.connection >= 0 && launch->build != NULL && broker_node(launch->build, carrier.node)) {
    snprintf(carrier.script, sizeof carrier.script, "%sclipboard.cjs", launch->build);
    carrier.ways = clipboard->source;
  }
  const pid_t keeper = fork();
  if (keeper == 0) keep(operation, caller, shows_graphics(plan), &carrier, listener, launch->init, launch->null);
  if (keeper < 0) message_print("front.x11-server", operation->source, NULL, errno);
  close(listener);
  if (carrier.connection >= 0) close(carrier.connection);
}
