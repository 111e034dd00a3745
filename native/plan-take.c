// One step of decoding each: values, descriptors, data, operations.
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capabilities.h"
#include "plan-data.h"
#include "plan-decoder.h"

#define SCOPE_ABSTRACT_UNIX_SOCKET 1U
#define SCOPE_SIGNAL 2U

bool refuse(struct decoder *decoder, const char *stage, int error, const char *detail) {
  failure_set(decoder->failure, stage, decoder->index, error, detail);
  return false;
}

bool wrong_value(struct decoder *decoder, const char *value) {
  char detail[FAILURE_DETAIL_BYTES];
  snprintf(detail, sizeof detail, "%s %s", decoder->word, value);
  return refuse(decoder, "plan-word", EINVAL, detail);
}

bool no_memory(struct decoder *decoder) {
  return refuse(decoder, "memory", ENOMEM, NULL);
}

bool take_number(struct decoder *decoder, const char *text, int base, uint64_t most, uint64_t *value) {
  char *end = NULL;
  errno = 0;
  if (text[0] < '0' || text[0] > '9') return wrong_value(decoder, text);
  *value = strtoull(text, &end, base);
  if (errno != 0 || *end != '\0' || *value > most) return wrong_value(decoder, text);
  return true;
}

// INVARIANT: `keep` has room for each of the caller's descriptors, once. Several words may have named this one.
static void give_back(struct plan *plan, int descriptor) {
  size_t at = 0;
  while (at < plan->keep_count && plan->keep[at] != descriptor) at++;
  if (at == plan->keep_count) plan->keep[plan->keep_count++] = descriptor;
}

// A descriptor of the caller; any other number may be one of ours. From now on it is no longer the app's.
bool take_descriptor(struct decoder *decoder, const char *text, int *descriptor) {
  struct plan *plan = decoder->plan;
  uint64_t value = 0;
  if (!take_number(decoder, text, 10, INT_MAX, &value)) return false;
  // Of a repeated word the last one counts; what the one before named is the app's again.
  if (plan->bubblewrap && *descriptor > 2) give_back(plan, *descriptor);
  if (*descriptor >= 0 && *descriptor <= 2) plan->used_standard[*descriptor] = false;
  *descriptor = (int)value;
  if (value <= 2) {
    plan->used_standard[value] = true;
    return true;
  }
  size_t at = 0;
  while (at < plan->keep_count && plan->keep[at] != *descriptor) at++;
  if (!caller_has_descriptor(decoder->caller, *descriptor)) return refuse(decoder, "keep-fd", EBADF, text);
  if (!plan->bubblewrap || at == plan->keep_count) return true;
  memmove(plan->keep + at, plan->keep + at + 1, (plan->keep_count - at - 1) * sizeof *plan->keep);
  plan->keep_count--;
  return true;
}

static bool read_descriptor(struct decoder *decoder, const char *text, int *descriptor, struct data *data) {
  if (!take_descriptor(decoder, text, descriptor)) return false;
  const int result = data_read(*descriptor, data);
  return result == 0 || refuse(decoder, "plan-data", -result, text);
}

bool take_data(struct decoder *decoder, const char *text, struct data *data) {
  uint64_t value = 0;
  int descriptor = -1;
  if (decoder->source->descriptors) return read_descriptor(decoder, text, &descriptor, data);
  if (text[0] != '%') return wrong_value(decoder, text);
  if (!take_number(decoder, text + 1, 10, UINT32_MAX, &value)) return false;
  if (value >= decoder->source->blob_count) return wrong_value(decoder, text);
  *data = decoder->source->blobs[value];
  return true;
}

bool take_variable(struct decoder *decoder, const char *name, const char *value) {
  if (name[0] == '\0' || strchr(name, '=') != NULL) return wrong_value(decoder, name);
  return environment_set(decoder->plan, name, value) || no_memory(decoder);
}

bool add_operation(struct decoder *decoder, const struct word *word, struct operation operation) {
  struct plan *plan = decoder->plan;
  // bubblewrap takes a relative place as one below the root.
  if (operation.destination[0] != '/' && !plan->bubblewrap) return wrong_value(decoder, operation.destination);
  if ((word->flags & WHOLE) != 0 && decoder->caller->uid == 0) return refuse(decoder, "plan-word", EPERM, word->name);
  if (decoder->has_mode && (word->flags & TAKES_MODE) == 0) return refuse(decoder, "plan-word", EINVAL, "--perms");
  if (decoder->has_size && (word->flags & TAKES_SIZE) == 0) return refuse(decoder, "plan-word", EINVAL, "--size");
  if (decoder->expected.type != 0 && word->action != MOUNT_SOURCE && word->action != MOUNT_DESCRIPTOR && word->action != LAYER) return refuse(decoder, "plan-word", EINVAL, "--source");
  if (plan->operation_count == plan->operation_capacity) {
    const size_t capacity = plan->operation_capacity * 2 + 128;
    struct operation *more = realloc(plan->operations, capacity * sizeof *more);
    if (more == NULL) return no_memory(decoder);
    plan->operations = more;
    plan->operation_capacity = capacity;
  }
  operation.kind = word->kind;
  operation.index = decoder->numbered ? decoder->index : (int)plan->operation_count;
  operation.read_only = (word->flags & READ_ONLY) != 0;
  operation.devices = (word->flags & DEVICES) != 0;
  operation.layered = (word->flags & LAYERED) != 0;
  operation.whole = (word->flags & WHOLE) != 0;
  operation.may_be_absent = (word->flags & MAY_BE_ABSENT) != 0;
  operation.has_mode = decoder->has_mode || word->action == CHANGE_MODE;
  if (decoder->has_mode) operation.mode = decoder->mode;
  operation.size_bytes = decoder->size_bytes;
  operation.expected = decoder->expected;
  operation.tree = -1;
  plan->operations[plan->operation_count++] = operation;
  decoder->has_mode = false;
  decoder->has_size = false;
  decoder->size_bytes = 0;
  decoder->expected = (struct source_identity){0};
  return true;
}

bool take_source(struct decoder *decoder, char **arguments) {
  struct source_identity *expected = &decoder->expected;
  if (strlen(arguments[0]) != 1 || strchr("dfscbl", arguments[0][0]) == NULL) return wrong_value(decoder, arguments[0]);
  if (!take_number(decoder, arguments[1], 10, UINT64_MAX, &expected->device) || !take_number(decoder, arguments[2], 10, UINT64_MAX, &expected->inode)) return false;
  expected->type = arguments[0][0];
  return true;
}

// The descriptor says which file is meant, its path where to find it in the new mount namespace; the two are compared there.
bool add_descriptor_bind(struct decoder *decoder, const struct word *word, char **arguments) {
  struct stat meant;
  int descriptor = -1;
  char *path = malloc(32);
  if (path == NULL) return no_memory(decoder);
  if (!take_descriptor(decoder, arguments[0], &descriptor)) return false;
  if (fstat(descriptor, &meant) != 0) return refuse(decoder, "source", errno, arguments[0]);
  snprintf(path, 32, "/proc/self/fd/%d", descriptor);
  decoder->expected = (struct source_identity){.type = ANY_TYPE, .device = meant.st_dev, .inode = meant.st_ino};
  return add_operation(decoder, word, (struct operation){.source = path, .destination = arguments[1]});
}

bool add_overlay(struct decoder *decoder, const struct word *word, struct layers layers, const char *destination) {
  layers.lower = decoder->lower;
  layers.count = decoder->lower_count;
  if (layers.count < (word->action == READ_ONLY_OVERLAY ? 2 : 1)) return refuse(decoder, "plan-word", EINVAL, word->name);
  decoder->lower = NULL;
  decoder->lower_count = 0;
  return add_operation(decoder, word, (struct operation){.destination = destination, .layers = layers});
}

// `arguments`: LOWER UPPER WORK. The lower one is what `--source` says.
bool add_layer(struct decoder *decoder, const struct word *word, char **arguments) {
  struct layers layers = {.upper = arguments[1], .work = arguments[2]};
  for (size_t i = 0; i < word->arguments; i++)
    if (arguments[i][0] != '/') return wrong_value(decoder, arguments[i]);
  if (!append_text(decoder, &layers.lower, &layers.count, arguments[0])) return false;
  return add_operation(decoder, word, (struct operation){.source = arguments[0], .destination = arguments[0], .layers = layers});
}

bool append_text(struct decoder *decoder, const char ***list, size_t *count, const char *text) {
  const char **more = realloc(*list, (*count + 1) * sizeof *more);
  if (more == NULL) return no_memory(decoder);
  more[(*count)++] = text;
  *list = more;
  return true;
}

bool take_filter(struct decoder *decoder, const struct word *word, const char *text) {
  struct plan *plan = decoder->plan;
  static const char *const OTHER[] = {"--add-seccomp-fd", "--seccomp"};
  const bool adds = word->action == ADD_FILTER;
  // Both kinds together mean nothing; of --seccomp the last one counts.
  if (plan->filter_count > 0 && plan->adds_filters != adds) return wrong_value(decoder, OTHER[adds]);
  plan->adds_filters = adds;
  const size_t at = adds ? plan->filter_count : 0;
  struct data *more = realloc(plan->filters, (at + 1) * sizeof *more);
  if (more == NULL) return no_memory(decoder);
  plan->filters = more;
  plan->filter_count = at + 1;
  if (!adds && decoder->source->descriptors) return read_descriptor(decoder, text, &decoder->filter_descriptor, &plan->filters[at]);
  return take_data(decoder, text, &plan->filters[at]);
}

bool take_scope(struct decoder *decoder, const char *name) {
  if (strcmp(name, "abstract-unix-socket") == 0) decoder->plan->scopes |= SCOPE_ABSTRACT_UNIX_SOCKET;
  else if (strcmp(name, "signal") == 0) decoder->plan->scopes |= SCOPE_SIGNAL;
  else return wrong_value(decoder, name);
  return true;
}

bool take_landlock_path(struct decoder *decoder, char **arguments) {
  struct plan *plan = decoder->plan;
  struct landlock_rule rule = {.path = arguments[1]};
  if (!take_number(decoder, arguments[0], 10, UINT32_MAX, &rule.rights)) return false;
  // A rule on more than is handled would be refused by the kernel; one without any has been forgotten.
  if (arguments[1][0] != '/' || (rule.rights & ~plan->landlock_handled) != 0) return wrong_value(decoder, arguments[1]);
  if (plan->landlock_rule_count == plan->landlock_rule_capacity) {
    const size_t capacity = plan->landlock_rule_capacity * 2 + 64;
    struct landlock_rule *more = realloc(plan->landlock_rules, capacity * sizeof *more);
    if (more == NULL) return no_memory(decoder);
    plan->landlock_rules = more;
    plan->landlock_rule_capacity = capacity;
  }
  plan->landlock_rules[plan->landlock_rule_count++] = rule;
  return true;
}

bool take_kept(struct decoder *decoder, const char *text) {
  struct plan *plan = decoder->plan;
  uint64_t value = 0;
  if (!take_number(decoder, text, 10, INT_MAX, &value)) return false;
  // Only what the caller left open: any other number may be a descriptor of the front's own.
  if (value > 2 && !caller_has_descriptor(decoder->caller, (int)value)) return refuse(decoder, "keep-fd", EBADF, text);
  int *more = realloc(plan->keep, (plan->keep_count + 1) * sizeof *more);
  if (more == NULL) return no_memory(decoder);
  plan->keep = more;
  plan->keep[plan->keep_count++] = (int)value;
  return true;
}

// As bubblewrap, these stay the app's as well.
bool take_joined(struct decoder *decoder, const char *text, int *descriptor) {
  uint64_t value = 0;
  if (!take_number(decoder, text, 10, INT_MAX, &value)) return false;
  if (value > 2 && !caller_has_descriptor(decoder->caller, (int)value)) return refuse(decoder, "keep-fd", EBADF, text);
  *descriptor = (int)value;
  return true;
}

bool take_capability(struct decoder *decoder, const char *name, bool add) {
  struct rights *rights = &decoder->plan->rights;
  const uint64_t bit = capability_bit(name);
  if (bit == 0) return wrong_value(decoder, name);
  rights->named = true;
  rights->kept = add ? rights->kept | bit : rights->kept & ~bit;
  return true;
}

bool take_id(struct decoder *decoder, const char *text, bool *named, uint32_t *id) {
  uint64_t value = 0;
  if (!take_number(decoder, text, 10, INT_MAX, &value)) return false;
  *named = true;
  *id = (uint32_t)value;
  return true;
}
