/* Shared memory, a message queue and sockets: held by the outside, looked for by both sides. */
#define _GNU_SOURCE
#include "probe.h"
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* A name that begins with `@` is abstract. */
static socklen_t name_socket(struct sockaddr_un *address, const char *name) {
    memset(address, 0, sizeof *address);
    address->sun_family = AF_UNIX;
    strncpy(address->sun_path, name, sizeof address->sun_path - 1);
    if (name[0] == '@') address->sun_path[0] = 0;
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name) + (name[0] != '@'));
}

static int listen_at(const char *name) {
    struct sockaddr_un address;
    socklen_t length = name_socket(&address, name);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, length) < 0 || listen(fd, 8) < 0) return -1;
    return fd;
}

/* 0 where somebody outside answered, else the error. */
static int try_socket(const char *name) {
    struct sockaddr_un address;
    socklen_t length = name_socket(&address, name);
    char greeting[8];
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int error = fd < 0 || connect(fd, (struct sockaddr *)&address, length) < 0 ? errno : 0;
    if (error == 0 && read(fd, greeting, sizeof greeting) != 6) error = EPROTO;
    if (fd >= 0) close(fd);
    return error;
}

static void greet(int listener) {
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    if (fd < 0) return;
    if (send(fd, "hello\n", 6, MSG_NOSIGNAL) != 6) errno = 0; /* it left before the greeting: nothing is lost */
    close(fd);
}

static int write_things(const char *directory, const struct things *t) {
    char path[300];
    snprintf(path, sizeof path, "%s/things", directory);
    FILE *f = fopen(path, "we");
    if (!f) return -1;
    fprintf(f, "%d %d %s %s %s\n", t->pid, t->shm_key, t->queue, t->abstract, t->socket);
    return fclose(f);
}

int read_things(const char *directory, struct things *t) {
    char path[300];
    snprintf(path, sizeof path, "%s/things", directory);
    FILE *f = fopen(path, "re");
    if (!f) return -1;
    int got = fscanf(f, "%d %d %63s %63s %199s", &t->pid, &t->shm_key, t->queue, t->abstract, t->socket);
    fclose(f);
    return got == 5 ? 0 : -1;
}

int hold(const char *directory) {
    struct things t = { .pid = getpid(), .shm_key = 0x54420000 + getpid() % 65536 };
    struct mq_attr small = { .mq_maxmsg = 1, .mq_msgsize = 8 };
    snprintf(t.queue, sizeof t.queue, "/tsbox-tour-%d", t.pid);
    snprintf(t.abstract, sizeof t.abstract, "@tsbox-tour-%d", t.pid);
    snprintf(t.socket, sizeof t.socket, "%s/socket", directory);
    int memory = shmget(t.shm_key, 4096, IPC_CREAT | IPC_EXCL | 0600);
    mqd_t queue = mq_open(t.queue, O_CREAT | O_RDWR | O_CLOEXEC, 0600, &small);
    int listeners[2] = { listen_at(t.socket), listen_at(t.abstract) };
    int bus = hold_bus_name();
    int status = write_things(directory, &t) < 0 || printf("ready\n") < 0 || fflush(stdout) != 0;
    struct pollfd p[3] = { { 0, POLLIN, 0 }, { listeners[0], POLLIN, 0 }, { listeners[1], POLLIN, 0 } };
    while (status == 0 && poll(p, 3, -1) > 0 && p[0].revents == 0)
        for (int i = 1; i < 3; i++)
            if (p[i].revents) greet(p[i].fd);
    if (memory >= 0) shmctl(memory, IPC_RMID, NULL);
    if (queue != (mqd_t)-1) mq_unlink(t.queue);
    unlink(t.socket);
    if (bus >= 0) close(bus);
    return status;
}

static void answer_reach(const char *key, int error) {
    answer(key, "%s", error == 0 ? "reached" : words_for(error));
}

void look_at_things(const struct things *t) {
    answer_reach("shared-memory", shmget(t->shm_key, 0, 0) < 0 ? errno : 0);
    mqd_t queue = mq_open(t->queue, O_RDONLY | O_CLOEXEC);
    answer_reach("message-queue", queue == (mqd_t)-1 ? errno : 0);
    if (queue != (mqd_t)-1) mq_close(queue);
    answer_reach("abstract-socket", try_socket(t->abstract));
    answer_reach("granted-socket", try_socket(t->socket));
    answer_try("signal", kill(t->pid, 0) < 0 ? errno : 0);
}
