// Who listens at the other end of a unix socket: our own uid in our own namespaces, or nobody to obey. The twin of peer.ts.
#ifndef TSBOX_PEER_H
#define TSBOX_PEER_H

// 0, or: EPERM another user; EXDEV other user, mount or pid namespaces, as in a sandbox or container; ESRCH who listened has ended; else what the kernel would not tell.
int peer_beside_us(int connection);

#endif
