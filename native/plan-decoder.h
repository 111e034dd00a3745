// What the decoder of plans (plan.c), its table (plan-words.c) and its steps (plan-take.c) share.
#ifndef TSBOX_PLAN_DECODER_H
#define TSBOX_PLAN_DECODER_H

#include "plan.h"

struct decoder {
  struct plan *plan;
  const struct plan_source *source;
  const struct caller *caller;
  struct failure *failure;
  int index;
  bool numbered; // `--op` was used: the broker counts; else every operation counts itself
  bool has_mode;
  mode_t mode;
  bool has_size;
  uint64_t size_bytes;
  struct source_identity expected;
  const char **lower;
  size_t lower_count;
  bool user_try;
  bool cgroup_try;
  int filter_descriptor; // of the last --seccomp, -1 none
  bool in_arguments; // inside of --args
  size_t argument_count;
  uint64_t caller_arguments;
  const char *word;
};

enum action {
  IGNORED, // what tsbox always does, or never has to
  UNSHARE, UNSHARE_ALL, UNSHARE_USER_TRY, UNSHARE_CGROUP_TRY, SHARE_NETWORK, SHARE_IPC, JOIN_USER, JOIN_LAST_USER, JOIN_PID, ID_USER, ID_GROUP,
  NO_USER_NAMESPACES, ASSERT_NO_USER_NAMESPACES, NEW_SESSION, TIMING, NAME_DATA, DIE_WITH_PARENT, AS_PID_1, LEVEL_PREFIX, LABEL,
  ADD_CAPABILITY, DROP_CAPABILITY, LOCK_FILE, SYNC, BLOCK, MAPS_BLOCK, INFORMATION, STATUS, ARGUMENTS,
  HOSTNAME, SET_VARIABLE, UNSET_VARIABLE, CLEAR_ENVIRONMENT, PASS_VARIABLE, CHDIR, ARGV0, FILTER, ADD_FILTER,
  PERMISSIONS, SIZE, SOURCE, OP,
  SCOPE, LANDLOCK, LANDLOCK_PATH, INSTANCE_DIRECTORY, CONNECTOR, CONNECTOR_BUS, CALLER_ARGUMENTS, KEEP,
  MOUNT_SOURCE,     // SRC DEST
  MOUNT_DESCRIPTOR, // FD DEST
  MOUNT_PLAIN,      // DEST
  MAKE_LINK,        // TARGET DEST
  WRITE_DATA,       // DATA DEST
  CHANGE_MODE,      // MODE DEST
  MAKE_CONTEXT,     // COMPOSITOR APP-ID DEST
  LOWER, OVERLAY, TEMPORARY_OVERLAY, READ_ONLY_OVERLAY,
  LAYER,            // LOWER UPPER WORK
};

#define READ_ONLY 1U
#define DEVICES 2U
#define MAY_BE_ABSENT 4U
#define TAKES_MODE 8U
#define TAKES_SIZE 16U
#define OURS 32U      // in a plan of the broker only
#define THEIRS 64U    // in a command line of bubblewrap only
#define MODIFIES 128U // says something of the next word
#define WHOLE 256U    // a procfs without covers
#define LAYERED 512U  // out of a layer

struct word {
  const char *name;
  unsigned arguments;
  enum action action;
  enum operation_kind kind;
  unsigned flags; // of UNSHARE: the namespaces
};

// The word of that name in this kind of plan, or NULL.
const struct word *word_find(const char *name, bool bubblewrap);

// Each writes a failure where it answers false.
bool refuse(struct decoder *decoder, const char *stage, int error, const char *detail);
bool wrong_value(struct decoder *decoder, const char *value);
bool no_memory(struct decoder *decoder);
bool take_number(struct decoder *decoder, const char *text, int base, uint64_t most, uint64_t *value);
bool take_descriptor(struct decoder *decoder, const char *text, int *descriptor);
bool take_joined(struct decoder *decoder, const char *text, int *descriptor);
bool take_data(struct decoder *decoder, const char *text, struct data *data);
bool take_variable(struct decoder *decoder, const char *name, const char *value);
bool take_source(struct decoder *decoder, char **arguments);
bool take_filter(struct decoder *decoder, const struct word *word, const char *text);
bool take_scope(struct decoder *decoder, const char *name);
bool take_landlock_path(struct decoder *decoder, char **arguments);
bool take_kept(struct decoder *decoder, const char *text);
bool take_capability(struct decoder *decoder, const char *name, bool add);
bool take_id(struct decoder *decoder, const char *text, bool *named, uint32_t *id);
bool append_text(struct decoder *decoder, const char ***list, size_t *count, const char *text);
bool add_operation(struct decoder *decoder, const struct word *word, struct operation operation);
bool add_descriptor_bind(struct decoder *decoder, const struct word *word, char **arguments);
bool add_overlay(struct decoder *decoder, const struct word *word, struct layers layers, const char *destination);
bool add_layer(struct decoder *decoder, const struct word *word, char **arguments);

#endif
