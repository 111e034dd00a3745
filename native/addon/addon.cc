// The addon's entry: joins the parts and lists the kernel's constants that TypeScript needs by name.
#include "addon.h"

#include <fcntl.h>
#include <linux/landlock.h>
#include <linux/openat2.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

namespace tsbox {

static Napi::Object constants(Napi::Env env) {
  Napi::Object table = Napi::Object::New(env);
  const struct {
    const char* name;
    double value;
  } entries[] = {
      {"O_RDONLY", O_RDONLY}, {"O_WRONLY", O_WRONLY}, {"O_RDWR", O_RDWR}, {"O_CREAT", O_CREAT},
      {"O_EXCL", O_EXCL}, {"O_TRUNC", O_TRUNC}, {"O_APPEND", O_APPEND}, {"O_CLOEXEC", O_CLOEXEC},
      {"O_DIRECTORY", O_DIRECTORY}, {"O_NOFOLLOW", O_NOFOLLOW}, {"O_NONBLOCK", O_NONBLOCK}, {"O_PATH", O_PATH},
      {"O_TMPFILE", O_TMPFILE}, {"O_NOCTTY", O_NOCTTY},
      {"AT_FDCWD", AT_FDCWD}, {"AT_REMOVEDIR", AT_REMOVEDIR}, {"AT_SYMLINK_NOFOLLOW", AT_SYMLINK_NOFOLLOW},
      {"RESOLVE_NO_XDEV", RESOLVE_NO_XDEV}, {"RESOLVE_NO_MAGICLINKS", RESOLVE_NO_MAGICLINKS},
      {"RESOLVE_NO_SYMLINKS", RESOLVE_NO_SYMLINKS}, {"RESOLVE_BENEATH", RESOLVE_BENEATH},
      {"RESOLVE_IN_ROOT", RESOLVE_IN_ROOT}, {"RESOLVE_CACHED", RESOLVE_CACHED},
      {"S_IFMT", S_IFMT}, {"S_IFREG", S_IFREG}, {"S_IFDIR", S_IFDIR}, {"S_IFLNK", S_IFLNK},
      {"S_IFSOCK", S_IFSOCK}, {"S_IFCHR", S_IFCHR}, {"S_IFBLK", S_IFBLK}, {"S_IFIFO", S_IFIFO},
      {"EAGAIN", EAGAIN}, {"EINTR", EINTR}, {"EMFILE", EMFILE}, {"EPIPE", EPIPE}, {"ECONNRESET", ECONNRESET},
      {"ENOENT", ENOENT}, {"EEXIST", EEXIST}, {"ECONNREFUSED", ECONNREFUSED}, {"ETOOMANYREFS", ETOOMANYREFS},
      {"ENOBUFS", ENOBUFS},
  };
  for (const auto& entry : entries) table.Set(entry.name, Napi::Number::New(env, entry.value));
  // Which version of Landlock this kernel has in force; 0: none.
  const long landlock = syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  table.Set("LANDLOCK_ABI", Napi::Number::New(env, landlock < 0 ? 0 : static_cast<double>(landlock)));
  table.Freeze();
  return table;
}

static Napi::Object init(Napi::Env env, Napi::Object exports) {
  registerSockets(env, exports);
  registerMessages(env, exports);
  registerWatcher(env, exports);
  registerFiles(env, exports);
  registerRecords(env, exports);
  exports.Set("constants", constants(env));
  return exports;
}

NODE_API_MODULE(NODE_GYP_MODULE_NAME, init)

}  // namespace tsbox
