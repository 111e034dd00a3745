/* Runs a program and all that it starts under ptrace, lets one system call of one of its processes fail, and tells what the app then was.
 *
 *   fault-injector MODE REPORT UID GID PROGRAM ARGUMENT...
 *
 * MODE: `list` tells every call as `call ROLE NUMBER COUNT ARGUMENT`, COUNT among that process' calls of that number; `ROLE:NUMBER:COUNT:ERRNO` lets that call
 * fail: the kernel does close(-1) in its place, which every filter of ours allows. Roles go by what a process is: `front`, `init` (pid 1 inside, from its clone on), `connector`, `app` until it executes.
 * strace's own injection counts calls in each process for itself, so one fault there is three faults.
 *
 * At the app's exec, once init and connector wait for work, REPORT gets what they are (`state ROLE` and lines of /proc), then they go on. Last comes
 * `end STATUS left N`: N processes still lived when the front had ended. Ends with 3 where a run takes longer than LIMIT seconds. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <linux/ptrace.h>
#include <unistd.h>

#define LIMIT 15
#define MOST 64

enum role { FRONT, INIT, CONNECTOR, APP, OTHER, ROLES };
static const char *const ROLE_NAMES[] = {"front", "init", "connector", "app", "other"};

struct process {
  pid_t pid;
  enum role role;
  int announced;     /* its parent has told of it, so its role is known */
  int held;          /* stopped until then */
  int injected;      /* this call is the one */
  int waits;         /* has come to wait for work */
  int executed;      /* execs so far */
  int keeps_result;  /* the call that was done instead answers for it */
  unsigned long kept; /* first argument of the call that failed */
};

static struct process processes[MOST];
static int process_count;
static int counts[ROLES][512];
static int wanted_role = -1, wanted_number, wanted_count, wanted_error;
static int listing;
static int fired;
static FILE *report;
static int app_at_exec; /* pid, held */
static int told;

static struct process *find(pid_t pid) {
  for (int i = 0; i < process_count; i++) if (processes[i].pid == pid) return &processes[i];
  if (process_count == MOST) exit(4);
  processes[process_count] = (struct process){.pid = pid, .role = OTHER};
  return &processes[process_count++];
}

static void forget(pid_t pid) {
  for (int i = 0; i < process_count; i++)
    if (processes[i].pid == pid) { processes[i] = processes[--process_count]; return; }
}

static struct process *with_role(enum role role) {
  for (int i = 0; i < process_count; i++) if (processes[i].role == role) return &processes[i];
  return NULL;
}

static void copy_lines(pid_t pid, const char *name, const char *const *starts) {
  char path[64], line[4096];
  snprintf(path, sizeof path, "/proc/%d/%s", pid, name);
  FILE *file = fopen(path, "r");
  if (file == NULL) { fprintf(report, "%s unreadable\n", name); return; }
  while (fgets(line, sizeof line, file) != NULL) {
    int good = starts == NULL;
    for (const char *const *start = starts; start != NULL && *start != NULL; start++) good |= strncmp(line, *start, strlen(*start)) == 0;
    if (good) fprintf(report, "%s %s", name, line);
  }
  fclose(file);
}

static int by_name(const void *a, const void *b) { return atoi(*(char *const *)a) - atoi(*(char *const *)b); }

static void list_descriptors(pid_t pid) {
  char path[320], target[4096];
  char *names[256];
  int count = 0;
  snprintf(path, sizeof path, "/proc/%d/fd", pid);
  DIR *directory = opendir(path);
  if (directory == NULL) { fprintf(report, "fd unreadable\n"); return; }
  for (struct dirent *entry; (entry = readdir(directory)) != NULL && count < 256;) if (entry->d_name[0] != '.') names[count++] = strdup(entry->d_name);
  closedir(directory);
  qsort(names, (size_t)count, sizeof *names, by_name);
  for (int i = 0; i < count; i++) {
    snprintf(path, sizeof path, "/proc/%d/fd/%s", pid, names[i]);
    ssize_t length = readlink(path, target, sizeof target - 1);
    if (length < 0) continue;
    target[length] = '\0';
    /* A number that changes with each run says nothing. */
    char *colon = strchr(target, ':');
    if (colon != NULL && target[0] != '/' && colon[1] == '[') *colon = '\0';
    fprintf(report, "fd %s %s\n", names[i], target);
  }
}

static void tell_namespaces(pid_t pid) {
  static const char *const KINDS[] = {"user", "mnt", "pid", "ipc", "uts", "cgroup", "net"};
  char path[64], own[64], target[64], host[64];
  for (size_t i = 0; i < sizeof KINDS / sizeof *KINDS; i++) {
    snprintf(path, sizeof path, "/proc/%d/ns/%s", pid, KINDS[i]);
    snprintf(own, sizeof own, "/proc/self/ns/%s", KINDS[i]);
    ssize_t length = readlink(path, target, sizeof target - 1), other = readlink(own, host, sizeof host - 1);
    if (length < 0 || other < 0) { fprintf(report, "ns %s unreadable\n", KINDS[i]); continue; }
    target[length] = host[other] = '\0';
    fprintf(report, "ns %s %s\n", KINDS[i], strcmp(target, host) == 0 ? "the caller's" : "another");
  }
}

static void tell_state(const struct process *process) {
  static const char *const STATUS[] = {"Uid:", "Gid:", "Groups:", "NoNewPrivs:", "Seccomp:", "Seccomp_filters:", "Cap", "SigBlk:", "SigIgn:", "Umask:", NULL};
  static const char *const FILES[] = {"Max open files", NULL};
  fprintf(report, "state %s\n", ROLE_NAMES[process->role]);
  copy_lines(process->pid, "status", STATUS);
  copy_lines(process->pid, "limits", FILES);
  copy_lines(process->pid, "mountinfo", NULL);
  copy_lines(process->pid, "uid_map", NULL);
  copy_lines(process->pid, "gid_map", NULL);
  copy_lines(process->pid, "setgroups", NULL);
  list_descriptors(process->pid);
  tell_namespaces(process->pid);
}

/* Behind the fault only those whose rest is waited for are stopped at calls. */
static void go_on(pid_t pid, int signal_) {
  const struct process *process = find(pid);
  const int rests = process->role == CONNECTOR || (process->role == INIT && process->executed > 0);
  const int stops = listing || !fired || process->injected || (rests && !told);
  ptrace(stops ? PTRACE_SYSCALL : PTRACE_CONT, pid, NULL, (void *)(long)signal_);
}

/* Init and connector must have come to rest, or be gone. */
static void tell_when_settled(void) {
  if (app_at_exec == 0 || told) return;
  const struct process *init = with_role(INIT), *connector = with_role(CONNECTOR);
  if ((init != NULL && !init->waits) || (connector != NULL && !connector->waits)) return;
  told = 1;
  tell_state(find(app_at_exec));
  if (init != NULL) tell_state(init);
  if (connector != NULL) tell_state(connector);
  fflush(report);
  find(app_at_exec)->role = OTHER;
  go_on(app_at_exec, 0);
  app_at_exec = 0;
}

static int waits_for_work(const struct process *process, long number) {
  if (process->role == CONNECTOR || (process->role == INIT && process->executed > 0)) return number == SYS_ppoll || number == SYS_recvmsg
#ifdef SYS_poll
      || number == SYS_poll
#endif
      ;
  return 0;
}

static void at_call(struct process *process) {
  struct user_regs_struct registers;
  struct ptrace_syscall_info call;
  if (ptrace(PTRACE_GET_SYSCALL_INFO, process->pid, (void *)sizeof call, &call) <= 0) return;
  if (ptrace(PTRACE_GETREGS, process->pid, NULL, &registers) != 0) return;
  if (call.op == PTRACE_SYSCALL_INFO_ENTRY) {
    const long number = (long)registers.orig_rax;
    const int count = number >= 0 && number < 512 ? counts[process->role][number]++ : -1;
    if (waits_for_work(process, number)) process->waits = 1;
    if (listing && process->role != OTHER) fprintf(report, "call %s %ld %d %lx\n", ROLE_NAMES[process->role], number, count, (unsigned long)registers.rdi);
    if ((int)process->role == wanted_role && number == wanted_number && count == wanted_count) {
      process->injected = fired = 1;
      process->kept = registers.rdi;
      fprintf(report, "fault %s %ld %d %lx\n", ROLE_NAMES[process->role], number, count, (unsigned long)registers.rdi);
      /* A brk that fails gives no error but the end of memory as it is. */
      registers.orig_rax = number == SYS_brk ? SYS_brk : SYS_close;
      registers.rdi = number == SYS_brk ? 0 : (unsigned long)-1;
      process->keeps_result = number == SYS_brk;
      ptrace(PTRACE_SETREGS, process->pid, NULL, &registers);
    }
    return;
  }
  if (!process->injected) return;
  process->injected = 0;
  if (!process->keeps_result) registers.rax = (unsigned long)-(long)wanted_error;
  registers.rdi = process->kept;
  ptrace(PTRACE_SETREGS, process->pid, NULL, &registers);
}

/* The front's first child is the sandbox (its second connector); the sandbox' child is the app. */
static void new_process(struct process *parent, pid_t pid) {
  struct process *child = find(pid);
  parent = find(parent->pid);
  if (parent->role == FRONT && with_role(INIT) == NULL && app_at_exec == 0 && !told) child->role = INIT;
  else if (parent->role == FRONT && with_role(CONNECTOR) == NULL && !told) child->role = CONNECTOR;
  else if (parent->role == INIT) child->role = APP;
  child->announced = 1;
  if (child->held) go_on(pid, 0);
  child->held = 0;
}

static int status_of_front = -1, front_ended;
static pid_t front;

static void stopped(struct process *process, int status) {
  const int signal_ = WSTOPSIG(status), event = status >> 16;
  unsigned long message = 0;
  if (signal_ == (SIGTRAP | 0x80)) { at_call(process); tell_when_settled(); go_on(process->pid, 0); return; }
  if (event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_CLONE || event == PTRACE_EVENT_VFORK) {
    const pid_t parent = process->pid;
    ptrace(PTRACE_GETEVENTMSG, parent, NULL, &message);
    new_process(process, (pid_t)message);
    go_on(parent, 0);
    return;
  }
  if (event == PTRACE_EVENT_EXEC) {
    process->executed++;
    if (process->role == APP) { app_at_exec = process->pid; tell_when_settled(); return; }
    go_on(process->pid, 0);
    return;
  }
  if (event == PTRACE_EVENT_STOP) {
    if (signal_ == SIGTRAP && !process->announced) process->held = 1;
    else if (signal_ == SIGTRAP) go_on(process->pid, 0);
    else ptrace(PTRACE_LISTEN, process->pid, NULL, NULL);
    return;
  }
  go_on(process->pid, event == 0 ? signal_ : 0);
}

static void tick(int signal_) { (void)signal_; }

static void follow(void) {
  const struct sigaction action = {.sa_handler = tick};
  const struct itimerval every = {{0, 100000}, {0, 100000}};
  int ticks = 0, ticks_after = 0;
  sigaction(SIGALRM, &action, NULL);
  setitimer(ITIMER_REAL, &every, NULL);
  while (process_count > 0) {
    int status = 0;
    const pid_t pid = waitpid(-1, &status, __WALL);
    if (pid < 0 && errno != EINTR) break;
    if (pid < 0) {
      if (++ticks > LIMIT * 10) { fprintf(report, "end hangs left %d\n", process_count); fclose(report); _exit(3); }
      /* What outlives the front has a moment to end. */
      if (front_ended && ++ticks_after > 20) break;
      continue;
    }
    if (WIFSTOPPED(status)) { stopped(find(pid), status); continue; }
    if (pid == front) { front_ended = 1; status_of_front = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status); }
    forget(pid);
    if (pid == app_at_exec) app_at_exec = 0;
    tell_when_settled();
  }
}

static int number_of(const char *name) {
  static const struct { const char *name; int value; } ERRORS[] = {{"EPERM", EPERM}, {"ENOMEM", ENOMEM}, {"ENOSYS", ENOSYS}, {"EINTR", EINTR}};
  for (size_t i = 0; i < sizeof ERRORS / sizeof *ERRORS; i++) if (strcmp(name, ERRORS[i].name) == 0) return ERRORS[i].value;
  exit(2);
}

int main(int argc, char **argv) {
  if (argc < 6) return 2;
  listing = strcmp(argv[1], "list") == 0;
  if (!listing) {
    char role[16], error[16];
    if (sscanf(argv[1], "%15[a-z]:%d:%d:%15[A-Z]", role, &wanted_number, &wanted_count, error) != 4) return 2;
    for (int i = 0; i < ROLES; i++) if (strcmp(role, ROLE_NAMES[i]) == 0) wanted_role = i;
    wanted_error = number_of(error);
  }
  report = fopen(argv[2], "we");
  if (report == NULL) return 2;
  front = fork();
  if (front == 0) {
    const uid_t uid = (uid_t)atoi(argv[3]);
    const gid_t gid = (gid_t)atoi(argv[4]);
    if (geteuid() == 0 && (setgroups(0, NULL) != 0 || setresgid(gid, gid, gid) != 0 || setresuid(uid, uid, uid) != 0)) _exit(2);
    raise(SIGSTOP);
    execv(argv[5], argv + 5);
    _exit(2);
  }
  int status = 0;
  waitpid(front, &status, WUNTRACED);
  const long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL;
  if (ptrace(PTRACE_SEIZE, front, NULL, (void *)options) != 0) return 2;
  find(front);
  kill(front, SIGCONT);
  /* Calls are counted from the program's own exec on. */
  for (int executed = 0; !executed;) {
    if (waitpid(front, &status, __WALL) < 0 || !WIFSTOPPED(status)) return 2;
    executed = status >> 16 == PTRACE_EVENT_EXEC;
    go_on(front, 0);
  }
  find(front)->role = FRONT;
  find(front)->announced = 1;
  follow();
  fprintf(report, "end %d left %d\n", status_of_front, process_count);
  fclose(report);
  return 0;
}
