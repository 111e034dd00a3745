// A plan as the executor needs it: settings, and operations in their order. Decoded from bubblewrap's words and our own (native/plan-language.ts).
#ifndef TSBOX_PLAN_H
#define TSBOX_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "caller.h"
#include "fail.h"

#define MAX_BUSES 8
// Of every sandbox that a broker plans; network and, where it is not shared, ipc come with the plan.
#define PLAN_ALWAYS_APART (CLONE_NEWNS | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP)

enum operation_kind {
  OPERATION_BIND,
  OPERATION_LINK_BIND,
  OPERATION_OVERLAY,
  OPERATION_LAYER,
  OPERATION_TMPFS,
  OPERATION_DIRECTORY,
  OPERATION_SYMLINK,
  OPERATION_FILE,
  OPERATION_BIND_DATA,
  OPERATION_PROC,
  OPERATION_SYSFS,
  OPERATION_DEV,
  OPERATION_MQUEUE,
  OPERATION_REMOUNT_RO,
  OPERATION_CHMOD,
  OPERATION_LISTEN,
  OPERATION_WAYLAND,
  OPERATION_X11_SERVER,
  OPERATION_X11_CLIPBOARD,
  OPERATION_INIT,
};

struct data {
  const unsigned char *bytes;
  size_t length;
};

#define ANY_TYPE '*'

// What a source must be; type 0: anything.
struct source_identity {
  char type; // d f s c b l, or ANY_TYPE
  uint64_t device;
  uint64_t inode;
};

// Of an overlay, beside the destination. Without `upper` what is written is lost with the sandbox, or nothing can be (`read_only` of the operation).
struct layers {
  const char **lower; // the first lies at the bottom
  size_t count;
  const char *upper;
  const char *work;
};

struct operation {
  enum operation_kind kind;
  int index;
  const char *source; // host path, target of a symlink, or name of a listening socket; the compositor's socket
  const char *app_id; // of a Wayland context, or an X server
  const char *destination;
  bool read_only;
  bool devices;
  bool layered; // a bind: what the layer around its source shows there
  bool whole; // a procfs without covers
  bool may_be_absent;
  bool has_mode;
  mode_t mode;
  uint64_t size_bytes; // 0: no limit
  struct data data;
  struct source_identity expected;
  struct layers layers;
  int tree;   // detached mount made while the host was visible, -1 none
  bool is_directory; // what that tree's root is
  int *nodes; // the same for the nodes of a /dev
};

// A place that the app may use although Landlock handles these rights.
struct landlock_rule {
  const char *path; // inside
  uint64_t rights;  // Landlock's bits
};

struct bus {
  const char *name;
  const char *address;
  struct source_identity expected; // of a path
};

// Namespaces that exist already and are entered, -1 none: user before everything else, user again after the mounts, pid.
struct joined {
  int user;
  int last_user;
  int pid;
};

// Descriptors of a caller who follows a start, -1 none. See the manual of bwrap: --info-fd and so on.
struct followers {
  int information;
  int status;
  int maps_written; // the front waits here for whoever writes the id maps
  int go;           // the sandbox waits here before the app
  int alive;        // stays open as long as pid 1 lives
};

// The user (or group) that the app is, as seen inside, and as whom the mounts are made.
struct identity {
  uid_t uid;
  gid_t gid;
  uid_t builder_uid;
  gid_t builder_gid;
  bool has_uid; // named, not the caller's own
  bool has_gid;
};

struct rights {
  bool all;         // keeps what the caller has
  bool named;       // by --cap-add or --cap-drop
  uint64_t kept;    // one bit each
};

struct plan {
  // A command line of bubblewrap: only what it asks for is unshared, descriptors and environment pass, every own failure has status 1.
  bool bubblewrap;
  struct operation *operations;
  size_t operation_count;
  size_t operation_capacity;
  char **environment; // NAME=VALUE, NULL-ended
  size_t environment_count;
  size_t environment_capacity;
  char **command; // NULL-ended
  size_t command_count;
  unsigned long namespaces; // CLONE_NEW…, the mount namespace always among them
  struct joined joined;
  struct identity identity;
  bool maps_ids;             // the first user namespace's maps are written by the sandbox itself
  bool second_user_namespace;
  struct rights rights;
  bool disable_user_namespaces;
  bool assert_no_user_namespaces;
  bool new_session;
  bool die_with_parent;
  bool as_pid_1;
  bool reaper; // a process of ours stays inside as parent of the app
  bool timing;
  bool names_data; // data that is mounted keeps a name inside
  unsigned scopes; // Landlock's bits
  uint64_t landlock_handled; // 0: no rules on paths
  struct landlock_rule *landlock_rules;
  size_t landlock_rule_count;
  size_t landlock_rule_capacity;
  struct data *filters;
  size_t filter_count;
  bool adds_filters; // by --add-seccomp-fd
  const char *hostname;
  const char *working_directory;
  const char *argv0;
  const char *message_prefix;
  const char *instance_directory;
  bool has_connector;
  struct data connector_identity;
  struct bus buses[MAX_BUSES];
  size_t bus_count;
  const char **locks; // paths inside
  size_t lock_count;
  struct followers followers;
  int *keep;
  size_t keep_count;
  bool used_standard[3]; // read as data of the plan, so not the app's
};

// Where the data arguments come from: blobs of a PLAN frame (`%N`), or descriptors of a command line.
struct plan_source {
  const struct data *blobs;
  size_t blob_count;
  bool descriptors;
  bool bubblewrap;
};

// Decodes `count` words. The plan points into them. False and a failure where a word is wrong; nothing has happened then.
bool plan_decode(struct plan *plan, const struct plan_source *source, const struct caller *caller, char **words, size_t count, struct failure *failure);

// Splits a PLAN frame's payload into words and blobs, then decodes. The payload must stay.
bool plan_decode_frame(struct plan *plan, const struct caller *caller, unsigned char *payload, size_t length, struct failure *failure);

// plan-settle.c: what follows from all words together. `user_try` and `cgroup_try`: wanted where possible.
bool plan_settle(struct plan *plan, const struct caller *caller, bool user_try, bool cgroup_try, struct failure *failure);

// environment.c: false where memory lacks, or the name is none.
bool environment_inherit(struct plan *plan, const struct caller *caller);
bool environment_set(struct plan *plan, const char *name, const char *value);
void environment_unset(struct plan *plan, const char *name);

// Value in the app's environment, or NULL.
const char *plan_variable(const struct plan *plan, const char *name);

#endif
