// Who is at the other end of a unix socket: our own uid in our own namespaces, or nobody. Used by the front, and by the addon for broker and bus process.
#ifndef TSBOX_PEER_H
#define TSBOX_PEER_H

#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

// 0, or: EPERM another user; EXDEV other user, mount or pid namespaces, as in a sandbox or container; ESRCH who connected or listened has ended; else what the kernel
// would not tell. `pid`: as the kernel gives it, -1 where it does not; may be NULL. Reads procfs only, which no disk or network can delay.
int peer_beside_us(int connection, pid_t *pid);

#ifdef __cplusplus
}
#endif

#endif
