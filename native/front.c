// `tsbox`: chooses what this process is by the name it was called with, and carries one `tsbox run` from its arguments to its exit status.
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/sched.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "attach.h"
#include "broker-client.h"
#include "broker-start.h"
#include "bwrap.h"
#include "caller.h"
#include "frames.h"
#include "init.h"
#include "launch.h"
#include "messages.h"
#include "plan.h"
#include "request.h"
#include "runtime-dir.h"
#include "stopwatch.h"
#include "supervise.h"

#define OWN_FAILURE 125
#define NOT_EXECUTABLE 126
#define NOT_FOUND 127

// Folder of the bundles: beside bin/, and beside build/ itself.
static bool find_build(char build[PATH_MAX]) {
  char self[PATH_MAX];
  const ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
  if (length <= 0 || (size_t)length + sizeof "/../build/" >= PATH_MAX) {
    message_print("front.install", "/proc/self/exe", NULL, errno);
    return false;
  }
  self[length] = '\0';
  char *slash = strrchr(self, '/');
  *slash = '\0';
  slash = strrchr(self, '/');
  if (slash != NULL) *slash = '\0';
  return snprintf(build, PATH_MAX, "%s/build/", self) < PATH_MAX;
}

// Everything that the broker does not answer: the TypeScript command line, with the caller's environment but what would change Node itself.
static int execute_command_line(const struct caller *caller, const char *build) {
  char node[PATH_MAX];
  char script[PATH_MAX + 16];
  if (!broker_node(build, node)) return OWN_FAILURE;
  char **arguments = calloc((size_t)caller->argc + 3, sizeof *arguments);
  size_t kept = 0;
  if (arguments == NULL) return OWN_FAILURE;
  for (size_t i = 0; caller->environment[i] != NULL; i++)
    if (strncmp(caller->environment[i], "NODE_", 5) != 0) caller->environment[kept++] = caller->environment[i];
  caller->environment[kept] = NULL;
  snprintf(script, sizeof script, "%scli.cjs", build);
  arguments[0] = node;
  arguments[1] = script;
  if (caller->argc > 0) memcpy(arguments + 2, caller->argv, (size_t)caller->argc * sizeof *arguments);
  execve(node, arguments, caller->environment);
  message_print("front.node-gone", node, NULL, errno);
  return OWN_FAILURE;
}

// As the command line writes: what is full for now is waited for, and who reads no more is owed nothing more. False, with errno: it cannot be written.
// `launch`: signals are kept for its app meanwhile, and one that ends the start ends the waiting too; NULL: they end us.
static bool write_output(const struct frame *frame, struct launch *launch) {
  const struct sigaction ignore = {.sa_handler = SIG_IGN};
  struct sigaction before;
  if (frame->length == 0 || (frame->payload[0] != 1 && frame->payload[0] != 2)) return true;
  if (sigaction(SIGPIPE, &ignore, &before) != 0) return false;
  ssize_t wrote = 0;
  for (size_t done = 1; done < frame->length && wrote >= 0; done += wrote < 0 ? 0 : (size_t)wrote) {
    const size_t left = frame->length - done;
    struct pollfd room = {.fd = frame->payload[0], .events = POLLOUT};
    if (launch != NULL && !launch_await(launch, room.fd, POLLOUT)) {
      wrote = -1;
      errno = EINTR;
      continue;
    }
    // A pipe that has any room takes so much without keeping us.
    wrote = write(room.fd, frame->payload + done, launch != NULL && left > PIPE_BUF ? PIPE_BUF : left);
    if (wrote >= 0 || (errno != EINTR && errno != EAGAIN)) continue;
    wrote = launch == NULL && errno == EAGAIN && poll(&room, 1, -1) < 0 && errno != EINTR ? -1 : 0;
  }
  const int error = errno;
  (void)sigaction(SIGPIPE, &before, NULL);
  errno = error;
  return wrote >= 0 || error == EPIPE;
}

static int read_status(struct frame *frame) {
  size_t position = 0;
  char *value = NULL;
  if (!fields_valid((char *)frame->payload, frame->length)) return OWN_FAILURE;
  for (const char *key; (key = fields_next((char *)frame->payload, frame->length, &position, &value)) != NULL;)
    if (strcmp(key, "status") == 0) return atoi(value) & 0xff;
  return OWN_FAILURE;
}

static int lost_broker(const struct runtime *runtime) {
  char log[PATH_MAX + 32];
  snprintf(log, sizeof log, "%s/tsbox/broker.log", runtime->path);
  message_print("front.broker-lost", "before it had answered", log, 0);
  return OWN_FAILURE;
}

static void send_fields(int connection, uint32_t type, const struct fields *fields, const int *descriptors, size_t count) {
  if (!fields->failed) (void)frame_send(connection, type, fields->bytes, fields->length, descriptors, count);
}

// The broker knows the manifest line and the words; without it our own table has to do.
static int report_failure(struct broker_client *client, const struct failure *failure) {
  struct fields fields = {0};
  struct frame frame;
  const bool exec = strcmp(failure->stage, "exec") == 0;
  const int own = !exec ? OWN_FAILURE : failure->error == ENOENT || failure->error == ENOTDIR ? NOT_FOUND : NOT_EXECUTABLE;
  fields_add(&fields, "stage", failure->stage);
  fields_add_number(&fields, "index", failure->index);
  fields_add_number(&fields, "errno", failure->error);
  fields_add(&fields, "detail", failure->detail);
  bool told = false;
  if (client != NULL && !fields.failed) {
    // A broker that refused the start meanwhile has closed already, and taken the instance's directory away: what it said before is the reason then, not what we met.
    if (frame_send(client->reader.socket, FRAME_FAILED, fields.bytes, fields.length, NULL, 0) != 0) (void)shutdown(client->reader.socket, SHUT_WR);
    while (frame_read(&client->reader, &frame) == 1 && frame.type != FRAME_EXIT) {
      if (frame.type != FRAME_OUTPUT) continue;
      (void)write_output(&frame, NULL);
      told = true;
    }
  }
  fields_free(&fields);
  if (!told) message_print_failure(failure);
  return own;
}

// After a start that did not come about. Signals were kept for the app until now; from here on they end us, however long the broker takes for its words.
static int report_failed_start(struct broker_client *client, const struct caller *caller, const struct failure *failure) {
  (void)sigprocmask(SIG_SETMASK, &caller->mask, NULL);
  return report_failure(client, failure);
}

struct start {
  struct broker_client *client;
  const struct plan *plan;
  bool announced;
};

static void announce_sandbox(struct launch *launch, void *who) {
  struct start *start = who;
  const struct plan *plan = start->plan;
  struct fields fields = {0};
  int descriptors[MAX_LISTENERS + 3];
  size_t count = 0;
  fields_add_number(&fields, "child-pid", launch->child);
  for (size_t i = 0; i < plan->operation_count; i++)
    if (plan->operations[i].kind == OPERATION_LISTEN) fields_add(&fields, "listen", plan->operations[i].source);
  for (size_t i = 0; i < launch->listeners.count; i++) descriptors[count++] = launch->listeners.descriptors[i];
  if (launch->connector >= 0) {
    descriptors[count++] = launch->connector;
    descriptors[count++] = launch->orphans;
  }
  descriptors[count++] = launch->init;
  send_fields(start->client->reader.socket, FRAME_SANDBOX, &fields, descriptors, count);
  fields_free(&fields);
  start->announced = true;
}

static bool end_start(struct launch *launch, int status) {
  launch->interrupted = true;
  launch->status_of_end = status;
  return false;
}

// The broker asks the buses while the sandbox is built, and then lets the app start, or not.
static bool await_go(struct launch *launch, void *who, struct failure *failure) {
  struct broker_client *client = ((struct start *)who)->client;
  struct frame frame;
  (void)failure;
  for (;;) {
    if (!frame_waits(&client->reader) && !launch_await(launch, client->reader.socket, POLLIN)) return false;
    if (frame_read(&client->reader, &frame) != 1) return end_start(launch, lost_broker(client->runtime));
    switch (frame.type) {
      case FRAME_OUTPUT:
        if (!write_output(&frame, launch) && launch->interrupted) return false;
        break;
      case FRAME_GO: return true;
      case FRAME_EXIT: return end_start(launch, read_status(&frame));
      default: message_print("front.broker-protocol", NULL, NULL, EPROTO); return end_start(launch, OWN_FAILURE);
    }
  }
}

static int run_plan(struct launch *launch, struct plan *plan, const struct caller *caller, struct broker_client *client, struct stopwatch *watch) {
  struct failure failure;
  struct fields fields = {0};
  stopwatch_mark(watch, "plan");
  // Asked before anything runs that may take it.
  const int terminal = supervise_terminal();
  struct start start = {.client = client, .plan = plan};
  if (client != NULL) {
    launch->may_go = await_go;
    launch->listening = announce_sandbox;
    launch->who = &start;
    launch->build = client->build;
  }
  if (!launch_start(launch, plan, caller, watch, &failure)) return launch->interrupted ? launch->status_of_end : report_failed_start(client, caller, &failure);
  if (client != NULL && !start.announced) announce_sandbox(launch, &start);
  stopwatch_mark(watch, "announce");
  if (plan->timing) stopwatch_print(watch);
  const int status = supervise(launch, terminal, caller, client, &failure);
  if (status < 0) return report_failed_start(client, caller, &failure);
  if (client == NULL) return status;
  fields_add_number(&fields, "status", status);
  send_fields(client->reader.socket, FRAME_EXITED, &fields, NULL, 0);
  fields_free(&fields);
  return status;
}

// What the plan will probably ask for. A word that is not known is a namespace of its own: the plan decides in the end.
static unsigned long read_namespaces(const struct frame *frame) {
  unsigned long namespaces = PLAN_ALWAYS_APART | CLONE_NEWNET;
  size_t position = 0;
  char *value = NULL;
  if (!fields_valid((char *)frame->payload, frame->length)) return namespaces;
  for (const char *key; (key = fields_next((char *)frame->payload, frame->length, &position, &value)) != NULL;) {
    if (strcmp(value, "shared") != 0) continue;
    if (strcmp(key, "network") == 0) namespaces &= ~(unsigned long)CLONE_NEWNET;
    if (strcmp(key, "ipc") == 0) namespaces &= ~(unsigned long)CLONE_NEWIPC;
  }
  return namespaces;
}

static int obey_broker(struct broker_client *client, const struct caller *caller, struct launch *launch, struct stopwatch *watch) {
  struct frame frame;
  struct plan plan;
  struct failure failure;
  bool wrote = false;
  while (frame_read(&client->reader, &frame) == 1) {
    switch (frame.type) {
      case FRAME_OUTPUT:
        wrote = true;
        // An app starts without its notices; of a listing the output is all.
        if (write_output(&frame, NULL) || client->may_start) break;
        message_print("front.output", NULL, NULL, errno);
        return OWN_FAILURE;
      case FRAME_NAMESPACES: launch_ahead(launch, caller, read_namespaces(&frame)); break;
      case FRAME_EXIT: return read_status(&frame);
      case FRAME_NOT_HERE: return execute_command_line(caller, client->build);
      case FRAME_PLAN: {
        // The plan points into the payload.
        if (!frame_reader_leave(&client->reader)) return lost_broker(client->runtime);
        launch_keep_frame(launch, frame.payload, frame.length);
        if (!plan_decode_frame(&plan, caller, frame.payload, frame.length, &failure)) return report_failure(client, &failure);
        return run_plan(launch, &plan, caller, client, watch);
      }
      default: message_print("front.broker-protocol", NULL, NULL, EPROTO); return OWN_FAILURE;
    }
  }
  // Whatever only looks may be asked again.
  const bool looks = !client->may_start && !wrote && (caller->argc == 0 || strcmp(caller->argv[0], "kill") != 0);
  return looks ? execute_command_line(caller, client->build) : lost_broker(client->runtime);
}

// Obeys the broker after its acknowledgement.
static int follow_broker(struct broker_client *client, const struct caller *caller, struct stopwatch *watch) {
  struct launch launch;
  launch_clear(&launch);
  const int status = obey_broker(client, caller, &launch, watch);
  launch_forget_ahead(&launch);
  return status;
}

// What of the command line writes into the caller's home. With --system it writes elsewhere.
static bool changes_home(const struct caller *caller) {
  static const char *const COMMANDS[] = {"accept", "data", "document-export", "document-unexport", "export", "install", "instance", "override", "permission-remove",
                                         "permission-reset", "permission-set", "try", "unexport", "uninstall"};
  bool changes = false;
  for (size_t i = 0; caller->argc > 0 && i < sizeof COMMANDS / sizeof COMMANDS[0]; i++) changes = changes || strcmp(caller->argv[0], COMMANDS[i]) == 0;
  for (int i = 1; i < caller->argc; i++)
    if (strcmp(caller->argv[i], "--system") == 0) return false;
  return changes;
}

static int front_main(const struct caller *caller, struct stopwatch *watch) {
  char build[PATH_MAX];
  struct runtime runtime;
  struct fields request = {0};
  const bool run = caller->argc > 0 && strcmp(caller->argv[0], "run") == 0;
  const int64_t begun = broker_now();
  if (!find_build(build)) return OWN_FAILURE;
  if (run && !runtime_outside_sandbox()) return OWN_FAILURE;
  if ((run || changes_home(caller)) && !runtime_not_borrowed(caller, run)) return OWN_FAILURE;
  if (!runtime_find(&runtime, caller, run, !run)) return run ? OWN_FAILURE : execute_command_line(caller, build);
  if (!request_build(&request, caller, &runtime)) {
    if (!run) return execute_command_line(caller, build);
    message_print("front.request", "arguments and environment are too long", NULL, 0);
    return OWN_FAILURE;
  }
  struct broker_client client = {.runtime = &runtime, .caller = caller, .build = build, .request = &request, .may_start = run, .begun = begun};
  stopwatch_mark(watch, "request");
  switch (broker_ask(&client)) {
    case BROKER_ACKNOWLEDGED: break;
    case BROKER_ABSENT: return execute_command_line(caller, build);
    case BROKER_FAILED: return OWN_FAILURE;
  }
  stopwatch_mark(watch, "acknowledged");
  return follow_broker(&client, caller, watch);
}

// A plan on the command line, data arguments are descriptors: for tests, and to look at a plan without a broker.
static int plan_main(const struct caller *caller, struct stopwatch *watch) {
  struct plan plan;
  struct failure failure;
  const struct plan_source source = {.descriptors = true};
  if (!plan_decode(&plan, &source, caller, caller->argv, (size_t)caller->argc, &failure)) return report_failure(NULL, &failure);
  struct launch launch;
  launch_clear(&launch);
  return run_plan(&launch, &plan, caller, NULL, watch);
}

// By the end of the last component: packages may put something before it.
static bool called(const char *name, const char *wanted) {
  const char *slash = strrchr(name, '/');
  const char *last = slash == NULL ? name : slash + 1;
  const size_t length = strlen(last);
  const size_t least = strlen(wanted);
  return length >= least && strcmp(last + length - least, wanted) == 0;
}

// Closed standard descriptors would be taken by our own sockets, and then written to.
static bool fill_standard_descriptors(void) {
  int descriptor = 0;
  do descriptor = open("/dev/null", O_RDWR);
  while (descriptor >= 0 && descriptor <= 2);
  if (descriptor > 2) close(descriptor);
  return descriptor > 2;
}

int main(int argc, char **argv, char **environment) {
  struct caller caller;
  struct stopwatch watch = {.count = 0};
  if (argc > 0 && called(argv[0], "tsbox-init")) return init_main(argc, argv);
  if (argc > 0 && called(argv[0], "tsbox-attach")) return attach_main(argc, argv);
  stopwatch_mark(&watch, "begin");
  if (!fill_standard_descriptors() || argc < 1 || caller_read(&caller, argc - 1, argv + 1, environment) != 0) {
    message_print("front.request", "the caller's descriptors cannot be read", NULL, errno);
    return OWN_FAILURE;
  }
  if (called(argv[0], "bwrap")) return bwrap_main(&caller, &watch);
  // Setuid, setgid or with file capabilities: rights that the caller does not have, under arguments and an environment that are his. As `bwrap` it has its own words for that.
  if (getauxval(AT_SECURE) != 0) {
    message_print("sandbox.borrowed-rights", NULL, NULL, EPERM);
    return OWN_FAILURE;
  }
  return called(argv[0], "tsbox-plan") ? plan_main(&caller, &watch) : front_main(&caller, &watch);
}
