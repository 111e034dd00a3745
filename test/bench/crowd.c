/* Many at once: crowd N COMMAND… starts N of them, and ends when all have; crowd --stay N COMMAND… says `ready` once each has written a line, and ends them all at the
   end of its input. Its own start is told as the spawner wants it. */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MOST 2000

static pid_t start(char **command, int output) {
    pid_t pid = fork();
    if (pid != 0) return pid;
    dup2(output, 1);
    if (output > 2) close(output);
    execv(command[0], command);
    _exit(127);
}

static int wait_for_all(int count) {
    int failed = 0, status;
    for (int i = 0; i < count; i++)
        if (wait(&status) < 0 || !WIFEXITED(status) || WEXITSTATUS(status) != 0) failed++;
    return failed;
}

/* Lines of all of them, through one pipe. */
static int read_lines(int from, int count) {
    char byte;
    while (count > 0 && read(from, &byte, 1) == 1) count -= byte == '\n';
    return count;
}

static int stay(int count, char **command) {
    static pid_t pids[MOST];
    int pipes[2];
    char byte;
    if (pipe(pipes) != 0) return 1;
    fcntl(pipes[0], F_SETFD, FD_CLOEXEC);
    for (int i = 0; i < count; i++) pids[i] = start(command, pipes[1]);
    close(pipes[1]);
    if (read_lines(pipes[0], count) != 0) return 1;
    printf("ready\n");
    fflush(stdout);
    while (read(0, &byte, 1) == 1) continue;
    for (int i = 0; i < count; i++) kill(pids[i], SIGKILL);
    wait_for_all(count);
    return 0;
}

int main(int argc, char **argv) {
    struct timespec now;
    const int stays = argc > 1 && strcmp(argv[1], "--stay") == 0;
    const int count = argc > 2 + stays ? atoi(argv[1 + stays]) : 0;
    if (count < 1 || count > MOST) return 2;
    if (stays) return stay(count, argv + 3);
    clock_gettime(CLOCK_MONOTONIC, &now);
    printf("main %lld\n", (long long)now.tv_sec * 1000000000 + now.tv_nsec);
    fflush(stdout);
    const int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    for (int i = 0; i < count; i++) start(argv + 2, null);
    return wait_for_all(count) == 0 ? 0 : 1;
}
