// The payload of a REQUEST frame (twin of native/front-protocol.ts).
#ifndef TSBOX_REQUEST_H
#define TSBOX_REQUEST_H

#include "caller.h"
#include "frames.h"
#include "runtime-dir.h"

// False where it cannot be said (too long, out of memory).
bool request_build(struct fields *fields, const struct caller *caller, const struct runtime *runtime);

#endif
