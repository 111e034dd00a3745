// Making a file or folder of the host visible in a running sandbox.
#ifndef TSBOX_ATTACH_H
#define TSBOX_ATTACH_H

// The exit status: 0, or 1 with the stage and the system's answer on standard error.
int attach_main(int argc, char **argv);

#endif
