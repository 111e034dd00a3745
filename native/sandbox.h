// The process that becomes pid 1 of a sandbox: builds it from a plan, then executes init. One struct carries what the steps share.
#ifndef TSBOX_SANDBOX_H
#define TSBOX_SANDBOX_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "caller.h"
#include "fail.h"
#include "plan.h"

#define MAX_LISTENERS 16
#define DEVICE_COUNT 7 // six nodes and the console

// Descriptor numbers that init finds after exec.
#define INIT_FRONT 3
#define INIT_REFERENCE 4

// Sockets that were made inside, in the order of their operations.
struct sockets {
  int descriptors[MAX_LISTENERS];
  size_t count;
};

struct sandbox {
  const struct plan *plan;
  const struct caller *caller;
  int front;     // reports and orders
  int reference; // `.ref` of the instance, locked; -1 none
  int alive;     // init holds it as long as anything runs inside: its end tells the compositor; -1 none
  int null;      // the host's /dev/null
  int base;      // the tmpfs that is the process root
  int root;      // where destinations are resolved: the base, or what the plan mounted on `/`
  dev_t base_device; // nobody but this process reaches a directory of this file system
  int parent;        // of the last destination, -1 none
  char parent_path[PATH_MAX];
  size_t parent_length;
  bool parent_private; // it lies on `base_device`, so `parent_path` leads there until this process changes that
  int proc;      // procfs of the new pid namespace (or the host's where the plan has none)
  int init_tree; // read-only clone of the installed binary
  struct sockets listeners; // the broker's
  struct sockets servers;   // of a compositor, or an X server of the app's own
  bool may_start; // the front said so
  bool entered;   // before the plan was known
};

// Runs in the clone; never returns.
_Noreturn void sandbox_run(struct sandbox *box);

// The same in a clone that was made with `namespaces` before its plan was known: the plan's frame comes in `room` once the front says so.
_Noreturn void sandbox_run_ahead(struct sandbox *box, unsigned long namespaces, const unsigned char *room);

// Ends the start with errno; `operation` may be NULL.
_Noreturn void sandbox_stop(const struct sandbox *box, const struct operation *operation, const char *stage, const char *detail);

// Tells the front, with sockets that it hands on.
void sandbox_report(const struct sandbox *box, enum report_type type, const struct sockets *sockets);

// Waits (once) until the front has written the instance's files and the connector serves.
void sandbox_wait_for_front(struct sandbox *box);

// namespaces.c
void namespaces_join_pid(const struct sandbox *box);
void namespaces_enter_ahead(struct sandbox *box, unsigned long namespaces); // what the plan does not decide
void namespaces_enter_first(const struct sandbox *box);
void namespaces_forbid_more(const struct sandbox *box);
void namespaces_enter_second(const struct sandbox *box);
void namespaces_limit_rights(const struct sandbox *box);

// sources.c, overlay.c: everything that needs the host's tree
void sources_open(struct sandbox *box);
bool source_is(const struct source_identity *expected, int source); // false with ESTALE: it is another one
bool source_matches(const struct source_identity *expected, const struct stat *found);
int source_open(const struct sandbox *box, const struct operation *operation, const char *path);
void overlay_make(struct sandbox *box, struct operation *operation);
int layer_open(const struct sandbox *box, const struct operation *operation);
void layers_let_go(const struct sandbox *box);
int mount_new(const char *type, const char *const options[][2], size_t option_count, unsigned attributes);

// destinations.c: everything inside the new root
int destination_open(const struct sandbox *box, const struct operation *operation, uint64_t flags);
int destination_parent(struct sandbox *box, const struct operation *operation, const char **name); // not to be closed; holds until the next destination
void destination_let_parent_go(struct sandbox *box); // after a mount that destination_attach did not make
void destination_attach(struct sandbox *box, const struct operation *operation, int tree, bool directory);
bool destination_is_root(const char *path);

// operations.c, devices.c
void operations_run(struct sandbox *box);
void devices_make(struct sandbox *box, const struct operation *operation);

// app.c, landlock.c, filter.c
_Noreturn void app_run(const struct sandbox *box, const sigset_t *pending);
void landlock_apply(const struct sandbox *box);
int filter_install(const struct data *program);

#endif
