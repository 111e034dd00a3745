// An X server of the app's own, outside of the sandbox, listening on a socket inside of it.
#ifndef TSBOX_X11_SERVER_H
#define TSBOX_X11_SERVER_H

#include "launch.h"
#include "plan.h"

// Takes the listening socket of the plan's X server out of `launch`, if it has one, and starts the server with it. It ends with the sandbox.
// Where it cannot be started the user is told, and nobody listens there.
void x11_server_start(const struct plan *plan, struct launch *launch, const struct caller *caller);

#endif
