// What the connector does for the rest of its life.
#ifndef TSBOX_CONNECTOR_SERVE_H
#define TSBOX_CONNECTOR_SERVE_H

#include "plan.h"

// Descriptor numbers after keep_descriptors: 0 to 2 are /dev/null.
#define CONNECTOR_REQUESTS 3
#define CONNECTOR_INIT 4
#define CONNECTOR_REPORT 5
#define CONNECTOR_REFERENCE 6
#define CONNECTOR_DESCRIPTORS 7

#define CONNECTOR_BUS_NAME 16

// Name of bus `index` in the connector's root, for a bus with a path.
void connector_bus_path(char name[CONNECTOR_BUS_NAME], size_t index);

// Closes the last doors, reports ready and serves until init is gone.
_Noreturn void connector_serve(const struct plan *plan);

#endif
