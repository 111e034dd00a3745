// Words to a plan. Every mistake of a plan is found here, before anything is done.
#include "plan.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SCOPE_ABSTRACT_UNIX_SOCKET 1U
#define SCOPE_SIGNAL 2U
#define MAX_DATA_BYTES (64 * 1024 * 1024)

struct decoder {
  struct plan *plan;
  const struct plan_source *source;
  const struct caller *caller;
  struct failure *failure;
  int index;
  bool numbered; // `--op` was used: the broker counts; else every operation counts itself
  bool has_mode;
  mode_t mode;
  uint64_t size_bytes;
  struct source_identity expected;
  const char *word;
};

enum action {
  IGNORED, // what tsbox always does, or never has to
  NETWORK, SHARE_NETWORK, SHARE_IPC, NO_USER_NAMESPACES, NEW_SESSION, TIMING,
  HOSTNAME, SET_VARIABLE, UNSET_VARIABLE, CLEAR_ENVIRONMENT, PASS_VARIABLE, CHDIR, ARGV0, FILTER,
  PERMISSIONS, SIZE, SOURCE, OP,
  SCOPE, INSTANCE_DIRECTORY, CONNECTOR, CONNECTOR_BUS, CALLER_ARGUMENTS, KEEP,
  MOUNT_SOURCE, // SRC DEST
  MOUNT_PLAIN,  // DEST
  MAKE_LINK,    // TARGET DEST
  WRITE_DATA,   // DATA DEST
  CHANGE_MODE,  // MODE DEST
};

#define READ_ONLY 1U
#define DEVICES 2U
#define MAY_BE_ABSENT 4U
#define TAKES_MODE 8U
#define TAKES_SIZE 16U

static const struct word {
  const char *name;
  unsigned arguments;
  enum action action;
  enum operation_kind kind;
  unsigned flags;
} WORDS[] = {
  {"--unshare-user", 0, IGNORED, 0, 0}, {"--unshare-user-try", 0, IGNORED, 0, 0}, {"--unshare-pid", 0, IGNORED, 0, 0},
  {"--unshare-ipc", 0, IGNORED, 0, 0}, {"--unshare-uts", 0, IGNORED, 0, 0}, {"--unshare-cgroup", 0, IGNORED, 0, 0},
  {"--unshare-cgroup-try", 0, IGNORED, 0, 0}, {"--die-with-parent", 0, IGNORED, 0, 0},
  {"--unshare-net", 0, NETWORK, 0, 0}, {"--unshare-all", 0, NETWORK, 0, 0}, {"--share-net", 0, SHARE_NETWORK, 0, 0},
  {"--share-ipc", 0, SHARE_IPC, 0, 0}, {"--disable-userns", 0, NO_USER_NAMESPACES, 0, 0}, {"--new-session", 0, NEW_SESSION, 0, 0},
  {"--timing", 0, TIMING, 0, 0}, {"--hostname", 1, HOSTNAME, 0, 0}, {"--setenv", 2, SET_VARIABLE, 0, 0},
  {"--unsetenv", 1, UNSET_VARIABLE, 0, 0}, {"--clearenv", 0, CLEAR_ENVIRONMENT, 0, 0}, {"--pass-env", 1, PASS_VARIABLE, 0, 0},
  {"--chdir", 1, CHDIR, 0, 0}, {"--argv0", 1, ARGV0, 0, 0}, {"--seccomp", 1, FILTER, 0, 0}, {"--perms", 1, PERMISSIONS, 0, 0},
  {"--size", 1, SIZE, 0, 0}, {"--source", 3, SOURCE, 0, 0}, {"--op", 1, OP, 0, 0}, {"--scope", 1, SCOPE, 0, 0},
  {"--instance-dir", 1, INSTANCE_DIRECTORY, 0, 0}, {"--connector", 1, CONNECTOR, 0, 0}, {"--connector-bus", 2, CONNECTOR_BUS, 0, 0},
  {"--caller-args", 1, CALLER_ARGUMENTS, 0, 0}, {"--keep-fd", 1, KEEP, 0, 0},
  {"--bind", 2, MOUNT_SOURCE, OPERATION_BIND, 0}, {"--bind-try", 2, MOUNT_SOURCE, OPERATION_BIND, MAY_BE_ABSENT},
  {"--ro-bind", 2, MOUNT_SOURCE, OPERATION_BIND, READ_ONLY}, {"--ro-bind-try", 2, MOUNT_SOURCE, OPERATION_BIND, READ_ONLY | MAY_BE_ABSENT},
  {"--dev-bind", 2, MOUNT_SOURCE, OPERATION_BIND, DEVICES}, {"--dev-bind-try", 2, MOUNT_SOURCE, OPERATION_BIND, DEVICES | MAY_BE_ABSENT},
  {"--link-bind", 2, MOUNT_SOURCE, OPERATION_LINK_BIND, 0}, {"--listen", 2, MAKE_LINK, OPERATION_LISTEN, 0},
  {"--symlink", 2, MAKE_LINK, OPERATION_SYMLINK, 0}, {"--tmpfs", 1, MOUNT_PLAIN, OPERATION_TMPFS, TAKES_MODE | TAKES_SIZE},
  {"--dir", 1, MOUNT_PLAIN, OPERATION_DIRECTORY, TAKES_MODE}, {"--proc", 1, MOUNT_PLAIN, OPERATION_PROC, 0},
  {"--sysfs", 1, MOUNT_PLAIN, OPERATION_SYSFS, 0}, {"--dev", 1, MOUNT_PLAIN, OPERATION_DEV, 0},
  {"--mqueue", 1, MOUNT_PLAIN, OPERATION_MQUEUE, 0}, {"--remount-ro", 1, MOUNT_PLAIN, OPERATION_REMOUNT_RO, 0},
  {"--init", 1, MOUNT_PLAIN, OPERATION_INIT, 0}, {"--file", 2, WRITE_DATA, OPERATION_FILE, TAKES_MODE},
  {"--bind-data", 2, WRITE_DATA, OPERATION_BIND_DATA, TAKES_MODE}, {"--ro-bind-data", 2, WRITE_DATA, OPERATION_BIND_DATA, TAKES_MODE | READ_ONLY},
  {"--chmod", 2, CHANGE_MODE, OPERATION_CHMOD, 0},
};

static bool refuse(struct decoder *decoder, const char *stage, int error, const char *detail) {
  failure_set(decoder->failure, stage, decoder->index, error, detail);
  return false;
}

static bool wrong_value(struct decoder *decoder, const char *value) {
  char detail[FAILURE_DETAIL_BYTES];
  snprintf(detail, sizeof detail, "%s %s", decoder->word, value);
  return refuse(decoder, "plan-word", EINVAL, detail);
}

static bool number(struct decoder *decoder, const char *text, int base, uint64_t most, uint64_t *value) {
  char *end = NULL;
  errno = 0;
  if (text[0] < '0' || text[0] > '9') return wrong_value(decoder, text);
  *value = strtoull(text, &end, base);
  if (errno != 0 || *end != '\0' || *value > most) return wrong_value(decoder, text);
  return true;
}

static bool read_descriptor(struct decoder *decoder, int descriptor, struct data *data) {
  size_t capacity = 65536;
  size_t length = 0;
  unsigned char *bytes = malloc(capacity);
  for (ssize_t got = 1; bytes != NULL && got != 0; length += (size_t)got) {
    if (length == capacity) {
      unsigned char *more = capacity < MAX_DATA_BYTES ? realloc(bytes, capacity *= 2) : NULL;
      if (more == NULL) break;
      bytes = more;
    }
    do got = read(descriptor, bytes + length, capacity - length);
    while (got < 0 && errno == EINTR);
    if (got < 0) {
      char detail[24];
      snprintf(detail, sizeof detail, "%d", descriptor);
      const int error = errno;
      free(bytes);
      return refuse(decoder, "plan-data", error, detail);
    }
    if (got == 0) {
      // Not closed here: it is the caller's, and its number must not become one of ours while that list is in use.
      *data = (struct data){.bytes = bytes, .length = length};
      return true;
    }
  }
  free(bytes);
  return refuse(decoder, "plan-data", ENOMEM, NULL);
}

static bool take_data(struct decoder *decoder, const char *text, struct data *data) {
  uint64_t value = 0;
  if (decoder->source->descriptors) return number(decoder, text, 10, INT_MAX, &value) && read_descriptor(decoder, (int)value, data);
  if (text[0] != '%') return wrong_value(decoder, text);
  if (!number(decoder, text + 1, 10, UINT32_MAX, &value)) return false;
  if (value >= decoder->source->blob_count) return wrong_value(decoder, text);
  *data = decoder->source->blobs[value];
  return true;
}

static size_t find_variable(const struct plan *plan, const char *name, size_t length) {
  size_t at = 0;
  while (at < plan->environment_count && (strncmp(plan->environment[at], name, length) != 0 || plan->environment[at][length] != '=')) at++;
  return at;
}

static void unset_variable(struct plan *plan, const char *name) {
  const size_t at = find_variable(plan, name, strlen(name));
  if (at == plan->environment_count) return;
  memmove(plan->environment + at, plan->environment + at + 1, (plan->environment_count - at) * sizeof(char *));
  plan->environment_count--;
}

static bool set_variable(struct decoder *decoder, const char *name, const char *value) {
  struct plan *plan = decoder->plan;
  if (name[0] == '\0' || strchr(name, '=') != NULL) return wrong_value(decoder, name);
  if (plan->environment_count + 2 > plan->environment_capacity) {
    const size_t capacity = plan->environment_capacity * 2 + 128;
    char **more = realloc(plan->environment, capacity * sizeof *more);
    if (more == NULL) return refuse(decoder, "memory", ENOMEM, NULL);
    plan->environment = more;
    plan->environment_capacity = capacity;
  }
  const size_t length = strlen(name) + strlen(value) + 2;
  char *entry = malloc(length);
  if (entry == NULL) return refuse(decoder, "memory", ENOMEM, NULL);
  snprintf(entry, length, "%s=%s", name, value);
  const size_t at = find_variable(plan, name, strlen(name));
  plan->environment[at] = entry;
  if (at == plan->environment_count) plan->environment_count++;
  plan->environment[plan->environment_count] = NULL;
  return true;
}

static bool inherit_environment(struct decoder *decoder) {
  for (char **entry = decoder->caller->environment; *entry != NULL; entry++) {
    char *equals = strchr(*entry, '=');
    if (equals == NULL || equals == *entry) continue;
    char *name = strndup(*entry, (size_t)(equals - *entry));
    const bool done = name != NULL && set_variable(decoder, name, equals + 1);
    free(name);
    if (!done) return false;
  }
  return true;
}

static bool add_operation(struct decoder *decoder, const struct word *word, struct operation operation) {
  struct plan *plan = decoder->plan;
  if (operation.destination[0] != '/') return wrong_value(decoder, operation.destination);
  if (decoder->has_mode && (word->flags & TAKES_MODE) == 0) return refuse(decoder, "plan-word", EINVAL, "--perms");
  if (decoder->size_bytes > 0 && (word->flags & TAKES_SIZE) == 0) return refuse(decoder, "plan-word", EINVAL, "--size");
  if (decoder->expected.type != 0 && word->action != MOUNT_SOURCE) return refuse(decoder, "plan-word", EINVAL, "--source");
  if (plan->operation_count == plan->operation_capacity) {
    const size_t capacity = plan->operation_capacity * 2 + 128;
    struct operation *more = realloc(plan->operations, capacity * sizeof *more);
    if (more == NULL) return refuse(decoder, "memory", ENOMEM, NULL);
    plan->operations = more;
    plan->operation_capacity = capacity;
  }
  operation.kind = word->kind;
  operation.index = decoder->numbered ? decoder->index : (int)plan->operation_count;
  operation.read_only = (word->flags & READ_ONLY) != 0;
  operation.devices = (word->flags & DEVICES) != 0;
  operation.may_be_absent = (word->flags & MAY_BE_ABSENT) != 0;
  operation.has_mode = decoder->has_mode || word->action == CHANGE_MODE;
  if (decoder->has_mode) operation.mode = decoder->mode;
  operation.size_bytes = decoder->size_bytes;
  operation.expected = decoder->expected;
  operation.tree = -1;
  plan->operations[plan->operation_count++] = operation;
  decoder->has_mode = false;
  decoder->size_bytes = 0;
  decoder->expected = (struct source_identity){0};
  return true;
}

static bool take_source(struct decoder *decoder, char **arguments) {
  struct source_identity *expected = &decoder->expected;
  if (strlen(arguments[0]) != 1 || strchr("dfscbl", arguments[0][0]) == NULL) return wrong_value(decoder, arguments[0]);
  if (!number(decoder, arguments[1], 10, UINT64_MAX, &expected->device) || !number(decoder, arguments[2], 10, UINT64_MAX, &expected->inode)) return false;
  expected->type = arguments[0][0];
  return true;
}

static bool take_scope(struct decoder *decoder, const char *name) {
  if (strcmp(name, "abstract-unix-socket") == 0) decoder->plan->scopes |= SCOPE_ABSTRACT_UNIX_SOCKET;
  else if (strcmp(name, "signal") == 0) decoder->plan->scopes |= SCOPE_SIGNAL;
  else return wrong_value(decoder, name);
  return true;
}

static bool take_kept(struct decoder *decoder, const char *text) {
  struct plan *plan = decoder->plan;
  uint64_t value = 0;
  if (!number(decoder, text, 10, INT_MAX, &value)) return false;
  // Only what the caller left open: any other number may be a descriptor of the front's own.
  if (value > 2 && !caller_has_descriptor(decoder->caller, (int)value)) return refuse(decoder, "keep-fd", EBADF, text);
  int *more = realloc(plan->keep, (plan->keep_count + 1) * sizeof *more);
  if (more == NULL) return refuse(decoder, "memory", ENOMEM, NULL);
  plan->keep = more;
  plan->keep[plan->keep_count++] = (int)value;
  return true;
}

static bool take_word(struct decoder *decoder, const struct word *word, char **arguments, uint64_t *caller_arguments) {
  struct plan *plan = decoder->plan;
  uint64_t value = 0;
  const char *variable = NULL;
  switch (word->action) {
    case IGNORED: return true;
    case NETWORK: plan->unshare_network = true; return true;
    case SHARE_NETWORK: plan->unshare_network = false; return true;
    case SHARE_IPC: plan->keep_ipc = true; return true;
    case NO_USER_NAMESPACES: plan->disable_user_namespaces = true; return true;
    case NEW_SESSION: plan->new_session = true; return true;
    case TIMING: plan->timing = true; return true;
    case HOSTNAME: plan->hostname = arguments[0]; return true;
    case SET_VARIABLE: return set_variable(decoder, arguments[0], arguments[1]);
    case UNSET_VARIABLE: unset_variable(plan, arguments[0]); return true;
    case CLEAR_ENVIRONMENT: plan->environment_count = 0; return true;
    case PASS_VARIABLE:
      variable = caller_variable(decoder->caller, arguments[0]);
      return variable == NULL || set_variable(decoder, arguments[0], variable);
    case CHDIR: plan->working_directory = arguments[0]; return true;
    case ARGV0: plan->argv0 = arguments[0]; return true;
    case FILTER: plan->has_filter = true; return take_data(decoder, arguments[0], &plan->filter);
    case PERMISSIONS:
      if (!number(decoder, arguments[0], 8, 07777, &value)) return false;
      decoder->mode = (mode_t)value;
      decoder->has_mode = true;
      return true;
    case SIZE: return number(decoder, arguments[0], 0, SIZE_MAX / 2, &decoder->size_bytes) && (decoder->size_bytes > 0 || wrong_value(decoder, arguments[0]));
    case SOURCE: return take_source(decoder, arguments);
    case OP:
      if (!number(decoder, arguments[0], 10, INT_MAX, &value)) return false;
      decoder->index = (int)value;
      decoder->numbered = true;
      return true;
    case SCOPE: return take_scope(decoder, arguments[0]);
    case INSTANCE_DIRECTORY: plan->instance_directory = arguments[0]; return true;
    case CONNECTOR: plan->has_connector = true; return take_data(decoder, arguments[0], &plan->connector_identity);
    case CONNECTOR_BUS:
      if (plan->bus_count == MAX_BUSES) return wrong_value(decoder, arguments[0]);
      if (arguments[1][0] != '/' && arguments[1][0] != '@') return wrong_value(decoder, arguments[1]);
      plan->buses[plan->bus_count++] = (struct bus){.name = arguments[0], .address = arguments[1]};
      return true;
    case CALLER_ARGUMENTS: return number(decoder, arguments[0], 10, (uint64_t)decoder->caller->argc, caller_arguments);
    case KEEP: return take_kept(decoder, arguments[0]);
    case MOUNT_SOURCE:
      if (arguments[0][0] != '/' && !decoder->source->descriptors) return wrong_value(decoder, arguments[0]);
      return add_operation(decoder, word, (struct operation){.source = arguments[0], .destination = arguments[1]});
    case MAKE_LINK: return add_operation(decoder, word, (struct operation){.source = arguments[0], .destination = arguments[1]});
    case MOUNT_PLAIN: return add_operation(decoder, word, (struct operation){.destination = arguments[0]});
    case WRITE_DATA: {
      struct operation operation = {.destination = arguments[1]};
      return take_data(decoder, arguments[0], &operation.data) && add_operation(decoder, word, operation);
    }
    case CHANGE_MODE:
      if (!number(decoder, arguments[0], 8, 07777, &value)) return false;
      return add_operation(decoder, word, (struct operation){.destination = arguments[1], .mode = (mode_t)value});
  }
  return false;
}

static bool take_command(struct decoder *decoder, char **words, size_t count, uint64_t from) {
  struct plan *plan = decoder->plan;
  const size_t more = from == UINT64_MAX ? 0 : (size_t)decoder->caller->argc - (size_t)from;
  plan->command = calloc(count + more + 1, sizeof(char *));
  if (plan->command == NULL) return refuse(decoder, "memory", ENOMEM, NULL);
  if (count > 0) memcpy(plan->command, words, count * sizeof(char *));
  if (more > 0) memcpy(plan->command + count, decoder->caller->argv + from, more * sizeof(char *));
  plan->command_count = count + more;
  if (count == 0) return refuse(decoder, "plan-word", EINVAL, "no command");
  return true;
}

bool plan_decode(struct plan *plan, const struct plan_source *source, const struct caller *caller, char **words, size_t count, struct failure *failure) {
  memset(plan, 0, sizeof *plan);
  struct decoder decoder = {.plan = plan, .source = source, .caller = caller, .failure = failure, .index = -1};
  uint64_t caller_arguments = UINT64_MAX;
  decoder.word = "";
  plan->environment = calloc(1, sizeof(char *));
  if (plan->environment == NULL) return refuse(&decoder, "memory", ENOMEM, NULL);
  if (source->inherit_environment && !inherit_environment(&decoder)) return false;
  size_t at = 0;
  for (; at < count; at++) {
    if (strcmp(words[at], "--") == 0) {
      at++;
      break;
    }
    if (words[at][0] != '-' && source->descriptors) break;
    const struct word *word = WORDS;
    const struct word *end = WORDS + sizeof WORDS / sizeof WORDS[0];
    while (word < end && strcmp(word->name, words[at]) != 0) word++;
    if (word == end) return refuse(&decoder, "plan-word", EINVAL, words[at]);
    if (count - at - 1 < word->arguments) return refuse(&decoder, "plan-word", EINVAL, words[at]);
    decoder.word = word->name;
    if (!take_word(&decoder, word, words + at + 1, &caller_arguments)) return false;
    at += word->arguments;
  }
  if (decoder.has_mode || decoder.size_bytes > 0 || decoder.expected.type != 0) return refuse(&decoder, "plan-word", EINVAL, decoder.word);
  plan->environment[plan->environment_count] = NULL;
  return take_command(&decoder, words + at, count - at, caller_arguments);
}

const char *plan_variable(const struct plan *plan, const char *name) {
  const size_t at = find_variable(plan, name, strlen(name));
  return at == plan->environment_count ? NULL : plan->environment[at] + strlen(name) + 1;
}
