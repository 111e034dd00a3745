// Words to a plan. Every mistake of a plan is found here, in plan-take.c or in plan-settle.c, before anything is done.
#include "plan.h"

#include <errno.h>
#include <limits.h>
#include <linux/sched.h>
#include <stdlib.h>
#include <string.h>

#include "capabilities.h"
#include "plan-data.h"
#include "plan-decoder.h"

#define MOST_ARGUMENTS 9000
#define MOST_APP_ID 255

static bool take_words(struct decoder *decoder, char **words, size_t count, size_t *used);

static bool take_arguments(struct decoder *decoder, const char *descriptor) {
  struct data data;
  size_t count = 0;
  size_t used = 0;
  if (decoder->in_arguments) return wrong_value(decoder, descriptor);
  if (!take_data(decoder, descriptor, &data)) return false;
  char **words = data_split(&data, &count);
  if (words == NULL) return no_memory(decoder);
  decoder->argument_count += count;
  if (decoder->argument_count > MOST_ARGUMENTS) return refuse(decoder, "plan-word", E2BIG, "--args");
  decoder->in_arguments = true;
  const bool taken = take_words(decoder, words, count, &used);
  decoder->in_arguments = false;
  free(words);
  return taken;
}

static bool take_setting(struct decoder *decoder, const struct word *word, char **arguments) {
  struct plan *plan = decoder->plan;
  struct identity *identity = &plan->identity;
  switch (word->action) {
    case UNSHARE: plan->namespaces |= word->flags; return true;
    case UNSHARE_ALL:
      plan->namespaces |= CLONE_NEWIPC | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWUTS;
      decoder->user_try = decoder->cgroup_try = true;
      return true;
    case UNSHARE_USER_TRY: decoder->user_try = true; return true;
    case UNSHARE_CGROUP_TRY: decoder->cgroup_try = true; return true;
    case SHARE_NETWORK: plan->namespaces &= ~(unsigned long)CLONE_NEWNET; return true;
    case SHARE_IPC: plan->namespaces &= ~(unsigned long)CLONE_NEWIPC; return true;
    case JOIN_USER: return take_joined(decoder, arguments[0], &plan->joined.user);
    case JOIN_LAST_USER: return take_joined(decoder, arguments[0], &plan->joined.last_user);
    case JOIN_PID: return take_joined(decoder, arguments[0], &plan->joined.pid);
    case ID_USER: return take_id(decoder, arguments[0], &identity->has_uid, &identity->uid);
    case ID_GROUP: return take_id(decoder, arguments[0], &identity->has_gid, &identity->gid);
    case NO_USER_NAMESPACES: plan->disable_user_namespaces = true; return true;
    case ASSERT_NO_USER_NAMESPACES: plan->assert_no_user_namespaces = true; return true;
    case NEW_SESSION: plan->new_session = true; return true;
    case TIMING: plan->timing = true; return true;
    case NAME_DATA: plan->names_data = true; return true;
    case DIE_WITH_PARENT: plan->die_with_parent = true; return true;
    case AS_PID_1: plan->as_pid_1 = true; return true;
    case LEVEL_PREFIX: plan->message_prefix = "<3>bwrap: "; return true;
    case LABEL: return refuse(decoder, "label", EOPNOTSUPP, word->name);
    case ADD_CAPABILITY: return take_capability(decoder, arguments[0], true);
    case DROP_CAPABILITY: return take_capability(decoder, arguments[0], false);
    case LOCK_FILE: return append_text(decoder, &plan->locks, &plan->lock_count, arguments[0]);
    case SYNC: return take_descriptor(decoder, arguments[0], &plan->followers.alive);
    case BLOCK: return take_descriptor(decoder, arguments[0], &plan->followers.go);
    case MAPS_BLOCK: return take_descriptor(decoder, arguments[0], &plan->followers.maps_written);
    case INFORMATION: return take_descriptor(decoder, arguments[0], &plan->followers.information);
    case STATUS: return take_descriptor(decoder, arguments[0], &plan->followers.status);
    case HOSTNAME: plan->hostname = arguments[0]; return true;
    case CHDIR: plan->working_directory = arguments[0]; return true;
    case FILTER:
    case ADD_FILTER: return take_filter(decoder, word, arguments[0]);
    case ARGV0:
      if (plan->argv0 != NULL && plan->bubblewrap) return wrong_value(decoder, arguments[0]);
      plan->argv0 = arguments[0];
      return true;
    case SCOPE: return take_scope(decoder, arguments[0]);
    case LANDLOCK: return take_number(decoder, arguments[0], 10, UINT32_MAX, &plan->landlock_handled);
    case LANDLOCK_PATH: return take_landlock_path(decoder, arguments);
    case INSTANCE_DIRECTORY: plan->instance_directory = arguments[0]; return true;
    case CONNECTOR: plan->has_connector = true; return take_data(decoder, arguments[0], &plan->connector_identity);
    case CONNECTOR_BUS:
      if (plan->bus_count == MAX_BUSES) return wrong_value(decoder, arguments[0]);
      if (arguments[1][0] != '/' && arguments[1][0] != '@') return wrong_value(decoder, arguments[1]);
      plan->buses[plan->bus_count++] = (struct bus){.name = arguments[0], .address = arguments[1], .expected = decoder->expected};
      decoder->expected = (struct source_identity){0};
      return true;
    case CALLER_ARGUMENTS: return take_number(decoder, arguments[0], 10, (uint64_t)decoder->caller->argc, &decoder->caller_arguments);
    case KEEP: return take_kept(decoder, arguments[0]);
    default: return refuse(decoder, "plan-word", EINVAL, word->name);
  }
}

static bool take_variables(struct decoder *decoder, const struct word *word, char **arguments) {
  struct plan *plan = decoder->plan;
  const char *variable = NULL;
  if (word->action == SET_VARIABLE) return take_variable(decoder, arguments[0], arguments[1]);
  if (word->action == UNSET_VARIABLE) environment_unset(plan, arguments[0]);
  if (word->action == CLEAR_ENVIRONMENT) plan->environment_count = 0;
  if (word->action == PASS_VARIABLE) variable = caller_variable(decoder->caller, arguments[0]);
  return variable == NULL || take_variable(decoder, arguments[0], variable);
}

// What says something of the next operation.
static bool take_modifier(struct decoder *decoder, const struct word *word, char **arguments) {
  uint64_t value = 0;
  switch (word->action) {
    case ARGUMENTS: return take_arguments(decoder, arguments[0]);
    case PERMISSIONS:
      if (decoder->has_mode || !take_number(decoder, arguments[0], 8, 07777, &value)) return wrong_value(decoder, arguments[0]);
      decoder->mode = (mode_t)value;
      decoder->has_mode = true;
      return true;
    case SIZE:
      if (decoder->has_size || !take_number(decoder, arguments[0], 0, SIZE_MAX / 2, &decoder->size_bytes) || decoder->size_bytes == 0) return wrong_value(decoder, arguments[0]);
      decoder->has_size = true;
      return true;
    case SOURCE: return take_source(decoder, arguments);
    case OP:
      if (!take_number(decoder, arguments[0], 10, INT_MAX, &value)) return false;
      decoder->index = (int)value;
      decoder->numbered = true;
      return true;
    case LOWER: return append_text(decoder, &decoder->lower, &decoder->lower_count, arguments[0]);
    default: return refuse(decoder, "plan-word", EINVAL, word->name);
  }
}

static bool has_kind(const struct plan *plan, enum operation_kind kind) {
  for (size_t i = 0; i < plan->operation_count; i++)
    if (plan->operations[i].kind == kind) return true;
  return false;
}

static bool take_word(struct decoder *decoder, const struct word *word, char **arguments) {
  uint64_t value = 0;
  switch (word->action) {
    case SET_VARIABLE:
    case UNSET_VARIABLE:
    case CLEAR_ENVIRONMENT:
    case PASS_VARIABLE: return take_variables(decoder, word, arguments);
    case MOUNT_SOURCE:
      if (arguments[0][0] != '/' && !decoder->source->descriptors) return wrong_value(decoder, arguments[0]);
      return add_operation(decoder, word, (struct operation){.source = arguments[0], .destination = arguments[1]});
    case MOUNT_DESCRIPTOR: return add_descriptor_bind(decoder, word, arguments);
    case MAKE_LINK: return add_operation(decoder, word, (struct operation){.source = arguments[0], .destination = arguments[1]});
    case MAKE_CONTEXT:
      if (arguments[0][0] != '/' || strlen(arguments[1]) > MOST_APP_ID || has_kind(decoder->plan, word->kind)) return wrong_value(decoder, arguments[0]);
      return add_operation(decoder, word, (struct operation){.source = arguments[0], .app_id = arguments[1], .destination = arguments[2]});
    case MOUNT_PLAIN: return add_operation(decoder, word, (struct operation){.destination = arguments[0]});
    case WRITE_DATA: {
      struct operation operation = {.destination = arguments[1]};
      return take_data(decoder, arguments[0], &operation.data) && add_operation(decoder, word, operation);
    }
    case CHANGE_MODE:
      if (!take_number(decoder, arguments[0], 8, 07777, &value)) return false;
      return add_operation(decoder, word, (struct operation){.destination = arguments[1], .mode = (mode_t)value});
    case OVERLAY: return add_overlay(decoder, word, (struct layers){.upper = arguments[0], .work = arguments[1]}, arguments[2]);
    case LAYER: return add_layer(decoder, word, arguments);
    case TEMPORARY_OVERLAY:
    case READ_ONLY_OVERLAY: return add_overlay(decoder, word, (struct layers){.upper = NULL}, arguments[0]);
    default: return take_setting(decoder, word, arguments);
  }
}

static bool modifier_pending(const struct decoder *decoder) {
  return decoder->has_mode || decoder->has_size || decoder->lower_count > 0 || decoder->expected.type != 0;
}

static bool take_words(struct decoder *decoder, char **words, size_t count, size_t *used) {
  size_t at = 0;
  for (; at < count; at++) {
    if (strcmp(words[at], "--") == 0) {
      at++;
      break;
    }
    if (words[at][0] != '-' && decoder->source->descriptors) break;
    const struct word *word = word_find(words[at], decoder->plan->bubblewrap);
    if (word == NULL || count - at - 1 < word->arguments) return refuse(decoder, "plan-word", EINVAL, words[at]);
    const bool modifies = word->action != UNSHARE && (word->flags & MODIFIES) != 0;
    decoder->word = word->name;
    if (!(modifies ? take_modifier : take_word)(decoder, word, words + at + 1)) return false;
    // Meant for the very next word, and not taken by it.
    if (!modifies && modifier_pending(decoder)) return refuse(decoder, "plan-word", EINVAL, decoder->word);
    at += word->arguments;
  }
  *used = at < count ? at : count;
  return true;
}

static bool take_command(struct decoder *decoder, char **words, size_t count) {
  struct plan *plan = decoder->plan;
  const uint64_t from = decoder->caller_arguments;
  const size_t more = from == UINT64_MAX ? 0 : (size_t)decoder->caller->argc - (size_t)from;
  plan->command = calloc(count + more + 1, sizeof(char *));
  if (plan->command == NULL) return no_memory(decoder);
  if (count > 0) memcpy(plan->command, words, count * sizeof(char *));
  if (more > 0) memcpy(plan->command + count, decoder->caller->argv + from, more * sizeof(char *));
  plan->command_count = count + more;
  if (count == 0) return refuse(decoder, "plan-word", EINVAL, "no command");
  return true;
}

// What is so without any word.
static bool start_plan(struct decoder *decoder) {
  struct plan *plan = decoder->plan;
  const struct caller *caller = decoder->caller;
  memset(plan, 0, sizeof *plan);
  plan->joined = (struct joined){-1, -1, -1};
  plan->followers = (struct followers){-1, -1, -1, -1, -1};
  plan->identity = (struct identity){.uid = caller->uid, .gid = caller->gid};
  plan->bubblewrap = decoder->source->bubblewrap;
  plan->namespaces = plan->bubblewrap ? CLONE_NEWNS : PLAN_ALWAYS_APART;
  plan->message_prefix = plan->bubblewrap ? "bwrap: " : "tsbox: ";
  plan->environment = calloc(1, sizeof(char *));
  if (plan->environment == NULL) return no_memory(decoder);
  if (decoder->source->descriptors && !environment_inherit(plan, caller)) return no_memory(decoder);
  if (!plan->bubblewrap) return true;
  // The superuser's program keeps what he has, as bubblewrap does it: `--cap-drop ALL` is the cure.
  if (caller->uid == 0 && !capabilities_effective(&plan->rights.kept)) return refuse(decoder, "capabilities", errno, "capget");
  plan->keep = calloc(caller->descriptor_count + 1, sizeof *plan->keep);
  if (plan->keep == NULL) return no_memory(decoder);
  if (caller->descriptor_count > 0) memcpy(plan->keep, caller->descriptors, caller->descriptor_count * sizeof *plan->keep);
  plan->keep_count = caller->descriptor_count;
  return true;
}

bool plan_decode(struct plan *plan, const struct plan_source *source, const struct caller *caller, char **words, size_t count, struct failure *failure) {
  struct decoder decoder = {.plan = plan, .source = source, .caller = caller, .failure = failure, .index = -1, .caller_arguments = UINT64_MAX, .filter_descriptor = -1, .word = ""};
  size_t used = 0;
  decoder.argument_count = count;
  if (!start_plan(&decoder)) return false;
  if (plan->bubblewrap && count > MOST_ARGUMENTS) return refuse(&decoder, "plan-word", E2BIG, "no command");
  if (!take_words(&decoder, words, count, &used)) return false;
  if (modifier_pending(&decoder)) return refuse(&decoder, "plan-word", EINVAL, decoder.word);
  plan->environment[plan->environment_count] = NULL;
  decoder.index = -1;
  return plan_settle(plan, caller, decoder.user_try, decoder.cgroup_try, failure) && take_command(&decoder, words + used, count - used);
}
