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

enum operation_kind {
  OPERATION_BIND,
  OPERATION_LINK_BIND,
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
  OPERATION_INIT,
};

struct data {
  const unsigned char *bytes;
  size_t length;
};

// What a source must be; type 0: anything.
struct source_identity {
  char type; // d f s c b l
  uint64_t device;
  uint64_t inode;
};

struct operation {
  enum operation_kind kind;
  int index;
  const char *source; // host path, target of a symlink, or name of a listening socket
  const char *destination;
  bool read_only;
  bool devices;
  bool may_be_absent;
  bool has_mode;
  mode_t mode;
  uint64_t size_bytes; // 0: no limit
  struct data data;
  struct source_identity expected;
  int tree; // detached mount made while the host was visible, -1 none
};

struct bus {
  const char *name;
  const char *address;
};

struct plan {
  struct operation *operations;
  size_t operation_count;
  size_t operation_capacity;
  char **environment; // NAME=VALUE, NULL-ended
  size_t environment_count;
  size_t environment_capacity;
  char **command; // NULL-ended
  size_t command_count;
  bool unshare_network;
  bool keep_ipc;
  bool disable_user_namespaces;
  bool new_session;
  bool timing;
  unsigned scopes; // Landlock's bits
  bool has_filter;
  struct data filter;
  const char *hostname;
  const char *working_directory;
  const char *argv0;
  const char *instance_directory;
  bool has_connector;
  struct data connector_identity;
  struct bus buses[MAX_BUSES];
  size_t bus_count;
  int *keep;
  size_t keep_count;
};

// Where the data arguments come from: blobs of a PLAN frame (`%N`), or descriptors of a command line.
struct plan_source {
  const struct data *blobs;
  size_t blob_count;
  bool descriptors;
  bool inherit_environment; // bubblewrap's default; a broker's plan names every variable
};

// Decodes `count` words. The plan points into them. False and a failure where a word is wrong; nothing has happened then.
bool plan_decode(struct plan *plan, const struct plan_source *source, const struct caller *caller, char **words, size_t count, struct failure *failure);

// Splits a PLAN frame's payload into words and blobs, then decodes. The payload must stay.
bool plan_decode_frame(struct plan *plan, const struct caller *caller, unsigned char *payload, size_t length, struct failure *failure);

// Value in the app's environment, or NULL.
const char *plan_variable(const struct plan *plan, const char *name);

#endif
