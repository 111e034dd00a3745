// The process of one instance that the buses see: it alone calls connect().
#ifndef TSBOX_CONNECTOR_H
#define TSBOX_CONNECTOR_H

#include "caller.h"
#include "plan.h"

struct connector {
  const struct plan *plan;
  const struct caller *caller;
  int report;    // SOCK_SEQPACKET: one report, ready or failed
  int requests;  // SOCK_STREAM: frames of the bus process
  int init;      // pidfd
  int reference; // `.ref`, or -1
  int null;
};

// Runs in a fork of the front; never returns.
_Noreturn void connector_run(const struct connector *connector);

#endif
