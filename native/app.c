// The app's process, from fork to exec: gets back what the caller had, then Landlock, then the filter, then the program.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sandbox.h"
#include "syscalls.h"

#define NOT_FOUND 127
#define NOT_EXECUTABLE 126
#define FALLBACK_PATH "/usr/local/bin:/usr/bin:/bin"

static void keep_descriptors(const struct sandbox *box) {
  // Nothing passes that was not named. Flags go on, not the descriptors: the report socket must still work if exec fails.
  if (sys_close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) != 0) sandbox_stop(box, NULL, "close-range", NULL);
  for (size_t i = 0; i < box->plan->keep_count; i++)
    if (fcntl(box->plan->keep[i], F_SETFD, 0) != 0) sandbox_stop(box, NULL, "keep-fd", NULL);
  if (box->plan->as_pid_1 && box->plan->followers.alive > 2 && fcntl(box->plan->followers.alive, F_SETFD, 0) != 0) sandbox_stop(box, NULL, "keep-fd", "--sync-fd");
  for (int standard = 0; standard <= 2; standard++)
    if (box->plan->used_standard[standard]) close(standard);
}

// The name by which the directory was entered.
static const char *enter_directory(const struct sandbox *box) {
  const char *const tries[] = {box->plan->working_directory, box->caller->cwd, plan_variable(box->plan, "HOME"), "/"};
  // A named directory is meant; without one the caller's is kept where it exists inside.
  size_t at = box->plan->working_directory != NULL ? 0 : 1;
  while (tries[at] == NULL || chdir(tries[at]) != 0) {
    if (at == 0 || at == 3) sandbox_stop(box, NULL, "chdir", tries[at]);
    at++;
  }
  return tries[at];
}

// PWD is set behind the decoder's back: only now it is known.
static char **environment_with_directory(const struct sandbox *box, const char *entered) {
  const struct plan *plan = box->plan;
  char *directory = plan->bubblewrap ? strdup(entered) : getcwd(NULL, 0);
  char **environment = calloc(plan->environment_count + 2, sizeof *environment);
  char *entry = directory == NULL ? NULL : malloc(strlen(directory) + 5);
  if (environment == NULL || entry == NULL) sandbox_stop(box, NULL, "memory", NULL);
  size_t count = 0;
  for (size_t i = 0; i < plan->environment_count; i++)
    if (strncmp(plan->environment[i], "PWD=", 4) != 0) environment[count++] = plan->environment[i];
  memcpy(entry, "PWD=", 4);
  memcpy(entry + 4, directory, strlen(directory) + 1);
  environment[count] = entry;
  return environment;
}

static void execute(const struct plan *plan, const char *file, char **environment) {
  char *const name = plan->command[0];
  if (plan->argv0 != NULL) plan->command[0] = (char *)(uintptr_t)plan->argv0;
  execve(file, plan->command, environment);
  plan->command[0] = name;
  if (errno != ENOEXEC) return;
  // A script without its first line, as execvp(3) treats it.
  char **words = calloc(plan->command_count + 2, sizeof *words);
  if (words == NULL) return;
  words[0] = (char *)(uintptr_t) "sh";
  words[1] = (char *)(uintptr_t)file;
  for (size_t i = 1; i < plan->command_count; i++) words[i + 1] = plan->command[i];
  execve("/bin/sh", words, environment);
  free(words);
  errno = ENOEXEC;
}

static void execute_on_path(const struct plan *plan, char **environment) {
  const char *name = plan->command[0];
  const char *path = plan_variable(plan, "PATH");
  char file[4096];
  if (strchr(name, '/') != NULL || name[0] == '\0') {
    if (name[0] == '\0') errno = ENOENT;
    else execute(plan, name, environment);
    return;
  }
  if (path == NULL) path = FALLBACK_PATH;
  int error = ENOENT;
  for (const char *start = path;; start++) {
    const size_t length = strcspn(start, ":");
    const int written = snprintf(file, sizeof file, "%.*s%s%s", (int)length, start, length == 0 ? "./" : "/", name);
    if (written > 0 && (size_t)written < sizeof file) {
      execute(plan, file, environment);
      if (errno == EACCES) error = EACCES;
      else if (errno != ENOENT && errno != ENOTDIR) return;
    }
    start += length;
    if (*start == '\0') break;
  }
  errno = error;
}

void app_run(const struct sandbox *box, const sigset_t *pending) {
  const struct plan *plan = box->plan;
  if (plan->bubblewrap && plan->die_with_parent && prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0) sandbox_stop(box, NULL, "capabilities", "prctl");
  if (plan->new_session && !(plan->bubblewrap && plan->reaper) && setsid() < 0) sandbox_stop(box, NULL, "new-session", NULL);
  // The mask so far is 0: anything else means that the caller's was not set, or was not read.
  if (umask(box->caller->umask) != 0) sandbox_stop(box, NULL, "descriptors", "umask");
  if (setrlimit(RLIMIT_NOFILE, &box->caller->files) != 0) sandbox_stop(box, NULL, "descriptors", NULL);
  const char *directory = enter_directory(box);
  char **environment = environment_with_directory(box, directory);
  keep_descriptors(box);
  landlock_apply(box);
  // A Ctrl-C during the set-up was meant for the app: it gets its copy, and acts on it as soon as the mask is the caller's.
  for (int signal_ = 1; signal_ < NSIG; signal_++)
    if (signal_ != SIGCHLD && sigismember(pending, signal_) == 1) kill(getpid(), signal_);
  if (sigprocmask(SIG_SETMASK, &box->caller->mask, NULL) != 0) sandbox_stop(box, NULL, "descriptors", "sigprocmask");
  for (size_t i = 0; i < plan->filter_count; i++)
    if (filter_install(&plan->filters[i]) != 0) sandbox_stop(box, NULL, "filter", NULL);
  execute_on_path(plan, environment);
  const int error = errno;
  fail_with(box->front, error == ENOENT || error == ENOTDIR ? NOT_FOUND : NOT_EXECUTABLE, "exec", -1, error, plan->command[0]);
}
