/* forget RUNTIME_DIR: ends the broker and the bus process of that directory and leaves what they leave when they go by themselves, as after a pause.
   forget RUNTIME_DIR everything: not even that, as after login. */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* True where the process's command line holds the word `--runtime-dir=DIR`. */
static int belongs(const char *pid, const char *word) {
    char path[300], line[8192];
    snprintf(path, sizeof path, "/proc/%s/cmdline", pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t size = fd < 0 ? 0 : read(fd, line, sizeof line - 1);
    if (fd >= 0) close(fd);
    if (size <= 0) return 0;
    line[size] = 0;
    for (ssize_t at = 0; at < size; at += (ssize_t)strlen(line + at) + 1)
        if (strcmp(line + at, word) == 0) return 1;
    return 0;
}

static int signal_all(const char *word, int number) {
    int found = 0;
    DIR *proc = opendir("/proc");
    if (!proc) return 0;
    for (struct dirent *e; (e = readdir(proc));)
        if (e->d_name[0] >= '1' && e->d_name[0] <= '9' && belongs(e->d_name, word) && kill(atoi(e->d_name), number) == 0) found++;
    closedir(proc);
    return found;
}

/* `folders`: those in it too. */
static void remove_files(const char *directory, int folders) {
    char path[4200];
    DIR *d = opendir(directory);
    if (!d) return;
    for (struct dirent *e; (e = readdir(d));) {
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0) continue;
        snprintf(path, sizeof path, "%s/%s", directory, e->d_name);
        if (unlink(path) < 0 && folders) remove_files(path, 1), rmdir(path);
    }
    closedir(d);
}

int main(int argc, char **argv) {
    char word[4200], path[4200];
    const int everything = argc == 3 && strcmp(argv[2], "everything") == 0;
    if ((argc != 2 && !everything) || argv[1][0] != '/') return 2;
    snprintf(word, sizeof word, "--runtime-dir=%s", argv[1]);
    for (int tries = 0; tries < 500 && signal_all(word, tries == 0 ? SIGKILL : 0) > 0; tries++)
        nanosleep(&(struct timespec){ .tv_nsec = 2000000 }, NULL);
    snprintf(path, sizeof path, "%s/tsbox", argv[1]);
    /* Kept plans and followed files lie in folders, and stay. */
    remove_files(path, everything);
    snprintf(path, sizeof path, "%s/.flatpak", argv[1]);
    remove_files(path, 1);
    return 0;
}
