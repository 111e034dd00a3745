// Starts what a plan describes: the clone that becomes pid 1, the connector, the instance's files.
#ifndef TSBOX_LAUNCH_H
#define TSBOX_LAUNCH_H

#include <stdbool.h>

#include "caller.h"
#include "fail.h"
#include "plan.h"
#include "sandbox.h"
#include "stopwatch.h"

struct launch {
  pid_t child;    // pid 1 of the sandbox, as we see it
  int init;       // its pidfd
  int status;     // reports and orders
  int signals;    // signalfd; every signal is blocked since the launch
  int connector;  // frames for the bus process, -1 none
  int orphans;    // where the connector asks for another bus process, -1 none
  pid_t connector_pid;
  int null;
  const char *build; // folder of the bundles, ends in `/`; NULL where none is needed
  int alive;      // read side of a pipe whose other end only the sandbox holds, -1 none
  struct sockets listeners; // the broker's
  struct sockets servers;   // others, until they are taken
  bool stands;      // all is built: nothing that comes from inside is ours any more
  bool interrupted; // a signal ended the start, or `may_go` did
  int status_of_end; // exit status where interrupted
  unsigned long ahead;  // namespaces of a child that was cloned before its plan was known, 0 none
  // Asked before the app starts, when the connector stands; NULL: nobody is. False: the start ends, with a failure or as if interrupted.
  bool (*may_go)(struct launch *launch, void *who, struct failure *failure);
  // Told after that, when `listeners` are there; the rest of the sandbox is still being built, and may fail. NULL: nobody is.
  void (*listening)(struct launch *launch, void *who);
  void *who;
  unsigned char *room;  // shared with that child: its plan's frame
  bool plan_sent;       // it was told
};

// Nothing is started.
void launch_clear(struct launch *launch);

// Clones the child while the broker still works at the plan, with the namespaces that the plan will probably ask for; it waits for the plan, and ends with
// this process. Does nothing where that fails: launch_start then does it, and tells why.
void launch_ahead(struct launch *launch, const struct caller *caller, unsigned long namespaces);

// Gives the plan's frame, as it came, to that child, which decodes it beside us; where that fails, or with none, the child is cloned by launch_start.
void launch_keep_frame(struct launch *launch, const unsigned char *bytes, size_t length);

// Ends a child that still waits for its plan.
void launch_forget_ahead(struct launch *launch);

// True once everything is built and the app may run. Else a failure (or `interrupted`), and nothing of it is left.
bool launch_start(struct launch *launch, struct plan *plan, const struct caller *caller, struct stopwatch *watch, struct failure *failure);

// Waits until `descriptor` is ready for `events` of poll(2). False where a signal ends the start first: a build may hang on a dead network file system.
bool launch_await(struct launch *launch, int descriptor, short events);

// Waits for one report; descriptors only come with REPORT_LISTENING and REPORT_READY. 1, 0 at the end, -errno.
int launch_receive(struct launch *launch, struct report *report);

// Socket of a server other than the broker: each is taken once, that of a Wayland context before those of an X server.
int launch_take_server(struct launch *launch, const struct plan *plan, const struct operation *operation);

// Closes what only the broker needs from now on.
void launch_hand_over(struct launch *launch, const struct caller *caller);

#endif
