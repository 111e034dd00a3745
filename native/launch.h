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
  int alive;      // read side of a pipe whose other end only the sandbox holds, -1 none
  int listeners[MAX_LISTENERS];
  int listener_count;
  bool interrupted; // a signal ended the start
  int status_of_end; // exit status where interrupted
};

// True once everything is built and the app may run. Else a failure (or `interrupted`), and nothing of it is left.
bool launch_start(struct launch *launch, struct plan *plan, const struct caller *caller, struct stopwatch *watch, struct failure *failure);

// Waits for one report; descriptors only come with REPORT_READY. 1, 0 at the end, -errno.
int launch_receive(struct launch *launch, struct report *report);

// Closes what only the broker needs from now on.
void launch_hand_over(struct launch *launch, const struct caller *caller);

#endif
