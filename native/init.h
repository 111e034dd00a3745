// Pid 1 of a sandbox, executed from its own read-only bind as `tsbox-init PID-OF-MAIN`.
#ifndef TSBOX_INIT_H
#define TSBOX_INIT_H

int init_main(int argc, char **argv);

#endif
