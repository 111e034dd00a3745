// The front's life while the app runs.
#ifndef TSBOX_SUPERVISE_H
#define TSBOX_SUPERVISE_H

#include "fail.h"
#include "launch.h"

// Waits for the main process' end; stops and continues with it, passes signals on. `broker` (-1: none) is only watched for its end.
// The exit status, or -1 with a failure where the program could not be executed.
int supervise(struct launch *launch, const struct caller *caller, int broker, struct failure *failure);

#endif
