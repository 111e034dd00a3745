// Starting a broker, once, however many fronts ask for it at the same time.
#ifndef TSBOX_BROKER_START_H
#define TSBOX_BROKER_START_H

#include <limits.h>
#include <stdbool.h>

#include "broker-client.h"

// A connection to a broker that serves; *sent is true where the request already waits in it. -1 after a message.
int broker_start(const struct broker_client *client, bool *sent);

// Path of the node that built this installation, from `build/node`. False after a message.
bool broker_node(const char *build, char node[PATH_MAX]);

#endif
