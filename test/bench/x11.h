/* The smallest part of the X11 protocol that a benchmark needs: connect with a cookie, send fixed requests, read fixed-size events. */
#ifndef TSBOX_BENCH_X11_H
#define TSBOX_BENCH_X11_H
#include <stdint.h>

struct x11 {
    int fd;
    uint32_t root, id_base, root_visual;
};

/* Connects to $DISPLAY (a local one) with the cookie of $XAUTHORITY. 0, or -1 with a line on stderr. */
int x11_connect(struct x11 *x);
int x11_write(struct x11 *x, const void *data, unsigned length);
/* Reads one 32-byte packet (reply header, error or event). 1, 0 where nothing waits (wait == 0), -1 at the end. */
int x11_read(struct x11 *x, uint8_t packet[32], int wait);
/* Reports MapNotify of every child of the root. */
int x11_watch_root(struct x11 *x);
/* Closes the connection of the program that made the window. */
int x11_kill_client(struct x11 *x, uint32_t window);
/* Makes and maps a window of 100 by 100. */
int x11_map_window(struct x11 *x);
#endif
