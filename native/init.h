// Pid 1 of a sandbox, executed from its own read-only bind as `tsbox-init PID-OF-MAIN [INIT_OUTLIVES]`.
#ifndef TSBOX_INIT_H
#define TSBOX_INIT_H

// What runs inside goes on when the front is gone, as under bubblewrap.
#define INIT_OUTLIVES "outlives"

int init_main(int argc, char **argv);

#endif
