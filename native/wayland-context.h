// Makes the compositor treat the app's Wayland socket as a sandbox's: wp_security_context_v1 of wayland-protocols (staging/security-context).
#ifndef TSBOX_WAYLAND_CONTEXT_H
#define TSBOX_WAYLAND_CONTEXT_H

#include <stdbool.h>

#include "launch.h"
#include "plan.h"

// The operation that asks for one, or NULL.
const struct operation *wayland_context_of(const struct plan *plan);

// Takes the app's listening socket out of `launch`, and hands it to the compositor with `launch->alive` as what ends it. Where the compositor does not
// take it, nobody listens there any more: the app has no Wayland, and the user is told why.
void wayland_context_make(const struct plan *plan, struct launch *launch);

#endif
