// The start protocol: a lock; the winner listens under a temporary name, renames it and starts Node with the listening socket; the others wait for
// the lock and connect. A start that failed is written into the lock file, and told by all who waited for it.
#include "broker-start.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "messages.h"
#include "syscalls.h"

#define SOCKET_NAME "broker-" PROTOCOL_VERSION
#define LOCK_NAME "broker-" PROTOCOL_VERSION ".lock"
#define LOG_NAME "broker.log"
#define BUS_NAME "bus-" PROTOCOL_VERSION
#define BACKLOG 128
#define REASON_BYTES 256
#define PATIENCE_SECONDS 30

// A name without a slash is a file beside this one: a package that brings its Node may be unpacked anywhere.
bool broker_node(const char *build, char node[PATH_MAX]) {
  char path[PATH_MAX];
  char name[NAME_MAX + 1];
  snprintf(path, sizeof path, "%snode", build);
  const int file = open(path, O_RDONLY | O_CLOEXEC);
  const ssize_t length = file < 0 ? -1 : read(file, node, PATH_MAX - 1);
  if (file >= 0) close(file);
  if (length <= 0) {
    message_print("front.install", path, NULL, errno);
    return false;
  }
  node[length] = '\0';
  node[strcspn(node, "\n")] = '\0';
  if (node[0] != '\0' && strlen(node) < sizeof name && strchr(node, '/') == NULL) {
    strcpy(name, node);
    snprintf(node, PATH_MAX, "%s%s", build, name);
  }
  if (node[0] == '/' && access(node, X_OK) == 0) return true;
  message_print("front.node-gone", node, NULL, errno);
  return false;
}

static int tell_failure(const struct broker_client *client, const char *reason) {
  char log[PATH_MAX + 32];
  snprintf(log, sizeof log, "%s/tsbox/" LOG_NAME, client->runtime->path);
  message_print("front.broker-start", reason, log, 0);
  return -1;
}

// A failure that is younger than our own start was a failure for us too.
static bool failed_meanwhile(const struct broker_client *client, int lock, char reason[REASON_BYTES]) {
  char text[REASON_BYTES + 64];
  int64_t when = 0;
  int used = 0;
  const ssize_t length = pread(lock, text, sizeof text - 1, 0);
  if (length <= 0) return false;
  text[length] = '\0';
  if (sscanf(text, "failed %" SCNd64 " %n", &when, &used) != 1 || used == 0 || when < client->begun) return false;
  snprintf(reason, REASON_BYTES, "%.*s", (int)strcspn(text + used, "\n"), text + used);
  return true;
}

// The line of the log that says most: the first that names an error, else the last.
static void read_reason(int directory, char reason[REASON_BYTES]) {
  char text[8192];
  const int file = openat(directory, LOG_NAME, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  const ssize_t length = file < 0 ? 0 : read(file, text, sizeof text - 1);
  if (file >= 0) close(file);
  text[length > 0 ? length : 0] = '\0';
  const char *best = "it ended without a word";
  char *rest = text;
  for (char *line; (line = strsep(&rest, "\n")) != NULL;) {
    if (line[0] == '\0' || line[0] == ' ' || strncmp(line, "Node.js v", 9) == 0) continue;
    best = line;
    if (strstr(line, "Error") != NULL || strstr(line, "cannot") != NULL) break;
  }
  snprintf(reason, REASON_BYTES, "%s", best);
}

// One of our two Node processes, as it starts: what it runs, where it listens and tells, and what it keeps.
struct node_process {
  const char *node;
  const char *script;
  const char *log;
  int listener;
  int status; // hears `ok`; -1 where nobody listens
  int lock;   // of the bus process, kept until it serves; -1: it is the broker
};

_Noreturn static void become_node(const struct broker_client *client, const struct node_process *process) {
  char home[PATH_MAX + 8];
  char runtime[PATH_MAX + 24];
  char script[PATH_MAX + 16];
  char directory[PATH_MAX + 24];
  char build[PATH_MAX + 16];
  const char *caller_home = caller_variable(client->caller, "HOME");
  snprintf(home, sizeof home, "HOME=%s", caller_home == NULL ? "/" : caller_home);
  snprintf(runtime, sizeof runtime, "XDG_RUNTIME_DIR=%s", client->runtime->path);
  snprintf(script, sizeof script, "%s%s", client->build, process->script);
  snprintf(directory, sizeof directory, "--runtime-dir=%s", client->runtime->path);
  snprintf(build, sizeof build, "--build=%.*s", (int)strlen(client->build) - 1, client->build);
  char path[] = "PATH=/usr/local/bin:/usr/bin:/bin";
  char language[] = "LANG=C.UTF-8";
  char lock[] = "--start-lock=5";
  // The twins of BROKER_FLAGS, BUS_FLAGS and NODE_MALLOC in node-flags.ts.
  char young[] = "--max-semi-space-size=1";
  char patient[] = "--interrupt-budget=700000";
  char arenas[] = "MALLOC_ARENA_MAX=1";
  char *const environment[] = {home, path, language, runtime, arenas, NULL};
  char *const as_broker[] = {(char *)(uintptr_t)process->node, young, patient, script, directory, build, NULL};
  char *const as_bus[] = {(char *)(uintptr_t)process->node, young, script, directory, build, lock, NULL};
  const int log = openat(client->runtime->directory, process->log, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
  const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  sigset_t none;
  sigemptyset(&none);
  for (int signal_ = 1; signal_ < NSIG; signal_++) (void)signal(signal_, SIG_DFL);
  sigprocmask(SIG_SETMASK, &none, NULL);
  umask(077);
  const int high_listener = fcntl(process->listener, F_DUPFD_CLOEXEC, 16);
  const int high_status = fcntl(process->status < 0 ? null : process->status, F_DUPFD_CLOEXEC, 16);
  const int high_lock = process->lock < 0 ? 16 : fcntl(process->lock, F_DUPFD_CLOEXEC, 16);
  if (log < 0 || null < 0 || high_listener < 0 || high_status < 0 || high_lock < 0 || chdir("/") != 0) _exit(125);
  if (dup2(null, 0) < 0 || dup2(log, 1) < 0 || dup2(log, 2) < 0 || dup2(high_listener, 3) < 0 || dup2(high_status, 4) < 0) _exit(125);
  if (process->lock >= 0 && dup2(high_lock, 5) < 0) _exit(125);
  // Who connects is told the process that listened last: the one that answers, not the one that started it.
  if (listen(3, BACKLOG) != 0) _exit(125);
  if (sys_close_range(process->lock < 0 ? 5 : 6, ~0U, 0) != 0) _exit(125);
  execve(process->node, process->lock < 0 ? as_broker : as_bus, environment);
  dprintf(2, "cannot execute %s: %s\n", process->node, strerror(errno));
  _exit(125);
}

// Through an intermediate process: it is nobody's child but the system's, and no terminal's.
static bool fork_node(const struct broker_client *client, const struct node_process *process) {
  const pid_t between = fork();
  if (between < 0) return false;
  if (between == 0) {
    (void)setsid();
    const pid_t child = fork();
    if (child == 0) become_node(client, process);
    _exit(child < 0 ? 1 : 0);
  }
  int ended = 0;
  while (waitpid(between, &ended, 0) < 0 && errno == EINTR) continue;
  return ended == 0;
}

// Listens under a temporary name and renames it then, so that the name never leads to a socket without a listener. Returns a descriptor or -errno.
static int listen_at(const struct broker_client *client, const char *name) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  char temporary[48];
  const int directory = client->runtime->directory;
  const int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  snprintf(temporary, sizeof temporary, "%s.%d", name, getpid());
  snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/%s", directory, temporary);
  (void)unlinkat(directory, temporary, 0);
  if (listener >= 0 && bind(listener, (const struct sockaddr *)&address, sizeof address) == 0 && fchmodat(directory, temporary, 0600, 0) == 0
      && listen(listener, BACKLOG) == 0 && renameat(directory, temporary, directory, name) == 0) return listener;
  const int error = errno;
  (void)unlinkat(directory, temporary, 0);
  if (listener >= 0) close(listener);
  return -error;
}

// A guess from the command line alone; a wrong one costs time and nothing else, as a bus process without work leaves.
static bool will_want_bus(const struct caller *caller) {
  for (int i = 0; i < caller->argc; i++)
    if (strcmp(caller->argv[i], "--no-session-bus") == 0 || strncmp(caller->argv[i], "--dry-run", sizeof "--dry-run" - 1) == 0) return false;
  const char *address = caller_variable(caller, "DBUS_SESSION_BUS_ADDRESS");
  return address != NULL && address[0] != '\0';
}

// The broker would start the bus process, but only once its own Node is up; started here, the two come up beside each other. It keeps the lock of its start
// until it serves, so nobody starts a second one meanwhile. Whatever fails here the broker finds, and does anew with words for it (dbus-proxy/launch.ts).
static void start_bus_beside(const struct broker_client *client, const char *node) {
  const int lock = openat(client->runtime->directory, BUS_NAME ".lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (lock < 0) return;
  int there = -1;
  if (flock(lock, LOCK_EX | LOCK_NB) == 0 && ((there = runtime_connect(client->runtime, BUS_NAME)) == -ENOENT || there == -ECONNREFUSED)) {
    const int listener = listen_at(client, BUS_NAME);
    const struct node_process bus = {.node = node, .script = "bus.cjs", .log = "bus.log", .listener = listener, .status = -1, .lock = lock};
    if (listener >= 0) (void)fork_node(client, &bus);
    if (listener >= 0) close(listener);
  }
  if (there >= 0) close(there);
  close(lock);
}

// `ok` from the broker. False: it ended or stays silent.
static bool await_ok(int status) {
  char answer[4] = "";
  struct pollfd wait = {.fd = status, .events = POLLIN};
  int ready = 0;
  do ready = poll(&wait, 1, PATIENCE_SECONDS * 1000);
  while (ready < 0 && errno == EINTR);
  return ready > 0 && read(status, answer, sizeof answer - 1) >= 2 && strncmp(answer, "ok", 2) == 0;
}

static int start_as_winner(const struct broker_client *client, int lock, bool *sent) {
  char node[PATH_MAX];
  char reason[REASON_BYTES] = "";
  int status[2];
  if (!broker_node(client->build, node)) return -1;
  const int listener = listen_at(client, SOCKET_NAME);
  if (listener < 0) {
    message_print("front.broker-socket", client->runtime->path, NULL, -listener);
    return -1;
  }
  bool good = pipe2(status, O_CLOEXEC) == 0;
  if (!good) snprintf(reason, sizeof reason, "%s", strerror(errno));
  int connection = -1;
  if (good) {
    const struct node_process broker = {.node = node, .script = "broker.cjs", .log = LOG_NAME, .listener = listener, .status = status[1], .lock = -1};
    good = fork_node(client, &broker);
    if (!good) snprintf(reason, sizeof reason, "%s", "no process could be made");
    close(status[1]);
    // While Node starts, the request already waits in the backlog.
    if (good) connection = broker_connect(client->runtime);
    if (good && will_want_bus(client->caller)) start_bus_beside(client, node);
    *sent = connection >= 0 && broker_send(client, connection) == 0;
    if (good && !await_ok(status[0])) {
      good = false;
      read_reason(client->runtime->directory, reason);
    }
    close(status[0]);
  }
  close(listener);
  (void)!ftruncate(lock, 0);
  if (good && connection >= 0) return connection;
  (void)unlinkat(client->runtime->directory, SOCKET_NAME, 0);
  char text[REASON_BYTES + 64];
  const int length = snprintf(text, sizeof text, "failed %" PRId64 " %s\n", broker_now(), reason);
  (void)!pwrite(lock, text, (size_t)length, 0);
  if (connection >= 0) close(connection);
  return tell_failure(client, reason);
}

int broker_start(const struct broker_client *client, bool *sent) {
  char reason[REASON_BYTES];
  *sent = false;
  const int lock = openat(client->runtime->directory, LOCK_NAME, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  int result = lock < 0 ? -1 : 0;
  while (result == 0 && flock(lock, LOCK_EX) != 0)
    if (errno != EINTR) result = -1;
  if (result != 0) {
    message_print("front.broker-socket", client->runtime->path, NULL, errno);
    return -1;
  }
  int connection = broker_connect(client->runtime);
  if (connection < 0 && connection != -ENOENT && connection != -ECONNREFUSED) {
    broker_tell_unreachable(client->runtime, -connection);
    connection = -1;
  } else if (connection < 0) {
    connection = failed_meanwhile(client, lock, reason) ? tell_failure(client, reason) : start_as_winner(client, lock, sent);
  }
  close(lock);
  return connection;
}
