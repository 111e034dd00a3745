// The front's life while the app runs.
#ifndef TSBOX_SUPERVISE_H
#define TSBOX_SUPERVISE_H

#include "broker-client.h"
#include "fail.h"
#include "launch.h"

// Waits for the main process' end; stops and continues with it, passes signals on. The broker (NULL: none is concerned) is watched for its end: from then on
// the connector's plea for another bus process is carried to the next broker here.
// The exit status, or -1 with a failure where the program could not be executed.
int supervise(struct launch *launch, const struct caller *caller, struct broker_client *client, struct failure *failure);

#endif
