/* Starts an xdg-dbus-proxy for one launch, as Flatpak does, waits until it serves, and executes the sandbox: with-proxy SOCKET -- PROXY… -- SANDBOX… */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv) {
    int first = 3, second = first, ready[2];
    char option[32], byte;
    while (second < argc && strcmp(argv[second], "--")) second++;
    if (argc < 4 || second + 1 >= argc || pipe(ready) < 0) return 125;
    char **proxy = calloc((size_t)(second - first) + 2, sizeof *proxy);
    if (!proxy) return 125;
    snprintf(option, sizeof option, "--fd=%d", ready[1]);
    proxy[0] = argv[first];
    proxy[1] = option;
    for (int i = first + 1; i < second; i++) proxy[i - first + 1] = argv[i];
    unlink(argv[1]);
    pid_t pid = vfork();
    if (pid == 0) {
        close(ready[0]);
        int null = open("/dev/null", O_WRONLY);
        dup2(null, 1); /* the proxy outlives the app for a moment: it must not hold the pipe of the times */
        execvp(proxy[0], proxy);
        _exit(127);
    }
    close(ready[1]);
    if (pid < 0 || read(ready[0], &byte, 1) != 1) return 125;
    /* ready[0] stays open in the sandbox's first process; its end tells the proxy to leave */
    execvp(argv[second + 1], argv + second + 1);
    return 127;
}
