// Which rule of this machine refuses user namespaces: Debian's sysctl, the kernel's limit, AppArmor's restriction, or a container's filter.
#ifndef TSBOX_REFUSAL_H
#define TSBOX_REFUSAL_H

#include <stdbool.h>

#include "fail.h"

// Where the kernel refused user namespaces by a rule that can be named, the failure's stage becomes that rule's; any other failure stays as it is.
void refusal_name(struct failure *failure);

#endif
