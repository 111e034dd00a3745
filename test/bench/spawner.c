/*
 * Starts every command line of a job once per round, in a new random order each round, and tells the times from just before the start.
 * One line per run: NAME ROUND MAIN REPLY WINDOW EXIT STATUS, times in nanoseconds, -1 where it did not come; STATUS as a shell's, -1 = too slow.
 */
#define _GNU_SOURCE
#include "spawner.h"
#include "x11.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct times {
    long long start, main, reply, window, exit;
};

static long long now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (long long)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void pause_ms(int ms) {
    nanosleep(&(struct timespec){ ms / 1000, (ms % 1000) * 1000000L }, NULL);
}

/* Runs in the child of vfork: nothing but system calls. */
static void become(const struct words *words, const struct words *environment, int output, const struct bench_case *c) {
    setpgid(0, 0);
    if (output >= 0 && dup2(output, 1) < 0) _exit(127);
    if (c && c->fd_number >= 0) {
        int fd = open(c->fd_path, O_RDONLY);
        if (fd != c->fd_number && (dup2(fd, c->fd_number) < 0 || close(fd) < 0)) _exit(127);
    }
    execvpe(words->at[0], words->at, environment->at);
    _exit(127);
}

/* Lines `main NS` and `reply NS` of the probe; other words are the program's own output. */
static void take_lines(char *text, struct times *t) {
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
        long long value;
        if (sscanf(line, "main %lld", &value) == 1 && t->main < 0) t->main = value;
        else if (sscanf(line, "reply %lld", &value) == 1 && t->reply < 0) t->reply = value;
    }
}

/* Every window that became visible: the time of the first, and the end of the program that made it. */
static void take_events(struct x11 *x, struct times *t) {
    uint8_t packet[32];
    while (x11_read(x, packet, 0) > 0) {
        uint32_t window;
        if ((packet[0] & 0x7f) != 19) continue; /* MapNotify */
        if (t && t->window < 0) t->window = now();
        memcpy(&window, packet + 8, 4);
        x11_kill_client(x, window);
    }
}

static pid_t start(const struct words *words, int output, const struct bench_case *c) {
    pid_t pid = vfork();
    if (pid == 0) become(words, &c->environment, output, words == &c->arguments ? c : NULL);
    return pid;
}

static void run_before(const struct bench_case *c) {
    int status;
    pid_t pid = start(&c->before, -1, c);
    if (pid > 0) waitpid(pid, &status, 0);
}

static int run_one(const struct bench_case *c, struct x11 *x, int timeout_ms, struct times *t) {
    char text[65536];
    size_t size = 0;
    int ends[2], status = -1;
    *t = (struct times){ 0, -1, -1, -1, -1 };
    if (c->before.count > 0) run_before(c);
    if (pipe2(ends, O_CLOEXEC) < 0) return -2;
    if (c->window) take_events(x, NULL);
    t->start = now();
    pid_t pid = start(&c->arguments, ends[1], c);
    close(ends[1]);
    if (pid < 0) return -2;
    int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
    struct pollfd p[3] = { { pidfd, POLLIN, 0 }, { ends[0], POLLIN, 0 }, { c->window ? x->fd : -1, POLLIN, 0 } };
    for (;;) {
        long long left = timeout_ms - (now() - t->start) / 1000000;
        if (left <= 0 || poll(p, 3, (int)left) == 0) { /* too slow: the whole group goes */
            kill(-pid, SIGKILL);
            waitpid(pid, &status, 0);
            status = -1;
            break;
        }
        if (p[2].revents) take_events(x, t);
        if (p[1].revents) {
            ssize_t got = read(ends[0], text + size, sizeof text - 1 - size);
            if (got <= 0) p[1].fd = -1;
            else size += (size_t)got;
        }
        if (p[0].revents) {
            t->exit = now();
            waitpid(pid, &status, 0);
            status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
            break;
        }
    }
    /* what the probe wrote is in the pipe by now; a helper that still holds the other end is not waited for */
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    for (ssize_t got; size < sizeof text - 1 && (got = read(ends[0], text + size, sizeof text - 1 - size)) > 0;) size += (size_t)got;
    text[size] = 0;
    take_lines(text, t);
    if (c->window) take_events(x, t);
    close(ends[0]);
    close(pidfd);
    return status;
}

static long long since(long long start, long long time) {
    return time < 0 ? -1 : time - start;
}

/* Same order for the same seed (a linear congruential generator); each round has its own. */
static void shuffle(int *order, int count, unsigned *seed) {
    for (int i = count - 1; i > 0; i--) {
        *seed = *seed * 1664525u + 1013904223u;
        int j = (int)((*seed >> 8) % (unsigned)(i + 1)), kept = order[i];
        order[i] = order[j];
        order[j] = kept;
    }
}

int main(int argc, char **argv) {
    static struct job job = { .rounds = 40, .warmup = 2, .settle_ms = 10, .timeout_ms = 15000, .seed = 1 };
    struct x11 x = { .fd = -1 };
    struct times t;
    int order[MAX_CASES], windows = 0;
    if (argc != 2 || read_job(argv[1], &job) < 0) return 2;
    for (int i = 0; i < job.count; i++) {
        order[i] = i;
        windows |= job.cases[i]->window;
        if (job.cases[i]->arguments.count == 0) return 2;
    }
    if (windows && (x11_connect(&x) < 0 || x11_watch_root(&x) < 0)) return 1;
    for (int round = -job.warmup; round < job.rounds; round++) {
        shuffle(order, job.count, &job.seed);
        for (int i = 0; i < job.count; i++) {
            const struct bench_case *c = job.cases[order[i]];
            int status = run_one(c, &x, job.timeout_ms, &t);
            if (round >= 0 || status != 0)
                printf("%s %d %lld %lld %lld %lld %d\n", c->name, round, since(t.start, t.main), since(t.start, t.reply), since(t.start, t.window), since(t.start, t.exit), status);
            fflush(stdout);
            pause_ms(job.settle_ms);
        }
    }
    return 0;
}
