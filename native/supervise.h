// The front's life while the app runs.
#ifndef TSBOX_SUPERVISE_H
#define TSBOX_SUPERVISE_H

#include "broker-client.h"
#include "fail.h"
#include "launch.h"

// A descriptor of the terminal whose foreground our group is, -1 where there is none. To be asked before the app runs, which may take it at once.
int supervise_terminal(void);

// Waits for the main process' end; stops and continues with it, passes signals on. The broker (NULL: none is concerned) is watched for its end: from then on
// the connector's plea for another bus process is carried to the next broker here.
// `terminal` is given back to our group where what took it is gone.
// The exit status, or -1 with a failure where the program could not be executed.
int supervise(struct launch *launch, int terminal, const struct caller *caller, struct broker_client *client, struct failure *failure);

#endif
