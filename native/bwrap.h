// `tsbox-bwrap`: bubblewrap's command line, with nothing before it.
#ifndef TSBOX_BWRAP_H
#define TSBOX_BWRAP_H

#include "caller.h"
#include "stopwatch.h"

int bwrap_main(struct caller *caller, struct stopwatch *watch);

#endif
