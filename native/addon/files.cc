// Descriptors and descriptor-relative files: openat2 and its neighbours, locks, memfds, pidfds.
#include "addon.h"

#include <fcntl.h>
#include <linux/limits.h>
#include <linux/openat2.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

namespace tsbox {

static Napi::Value descriptorOrThrow(Napi::Env env, long result, const char* syscall) {
  if (result < 0) throwSystemError(env, errno, syscall);
  return Napi::Number::New(env, static_cast<double>(result));
}

static Napi::Value nothingOrThrow(Napi::Env env, long result, const char* syscall) {
  if (result < 0) throwSystemError(env, errno, syscall);
  return env.Undefined();
}

// -1 stands for the working directory in this door; AT_FDCWD is another negative number.
static int directoryArgument(const Napi::CallbackInfo& info, size_t index) {
  int fd = intArgument(info, index);
  return fd == -1 ? AT_FDCWD : fd;
}

static Napi::Value closeDescriptor(const Napi::CallbackInfo& info) {
  // After EINTR Linux has closed the descriptor already; trying again could close somebody else's.
  if (close(intArgument(info, 0)) < 0 && errno != EINTR) throwSystemError(info.Env(), errno, "close");
  return info.Env().Undefined();
}

static Napi::Value duplicate(const Napi::CallbackInfo& info) {
  return descriptorOrThrow(info.Env(), fcntl(intArgument(info, 0), F_DUPFD_CLOEXEC, 3), "fcntl");
}

static Napi::Value memfd(const Napi::CallbackInfo& info) {
  std::string name = textArgument(info, 0);
  if (!info[1].IsTypedArray() || info[1].As<Napi::TypedArray>().TypedArrayType() != napi_uint8_array)
    throw Napi::TypeError::New(info.Env(), "argument 2 must be a Uint8Array");
  Napi::Uint8Array bytes = info[1].As<Napi::Uint8Array>();
  int fd = memfd_create(name.c_str(), MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (fd < 0) throwSystemError(info.Env(), errno, "memfd_create");
  size_t done = 0;
  const char* failed = nullptr;
  while (done < bytes.ByteLength() && failed == nullptr) {
    ssize_t count = write(fd, bytes.Data() + done, bytes.ByteLength() - done);
    if (count >= 0) done += static_cast<size_t>(count);
    else if (errno != EINTR) failed = "write";
  }
  if (failed == nullptr && lseek(fd, 0, SEEK_SET) < 0) failed = "lseek";
  if (failed == nullptr && fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0) failed = "fcntl";
  if (failed != nullptr) {
    int error = errno;
    close(fd);
    throwSystemError(info.Env(), error, failed);
  }
  return Napi::Number::New(info.Env(), fd);
}

static Napi::Value pidfdOpen(const Napi::CallbackInfo& info) {
  return descriptorOrThrow(info.Env(), syscall(SYS_pidfd_open, intArgument(info, 0), 0), "pidfd_open");
}

static Napi::Value openAt2(const Napi::CallbackInfo& info) {
  int directory = directoryArgument(info, 0);
  std::string path = textArgument(info, 1);
  open_how how = {};
  how.flags = countArgument(info, 2) | O_CLOEXEC;
  how.mode = countArgument(info, 3);
  how.resolve = countArgument(info, 4);
  long fd;
  // EAGAIN: with RESOLVE_BENEATH and RESOLVE_IN_ROOT the kernel asks to repeat when a rename ran beside; a few rounds are enough, then the caller hears it.
  int rounds = 8;
  do fd = syscall(SYS_openat2, directory, path.c_str(), &how, sizeof how);
  while (fd < 0 && (errno == EINTR || (errno == EAGAIN && --rounds > 0)));
  return descriptorOrThrow(info.Env(), fd, "openat2");
}

static Napi::Value makeDirectory(const Napi::CallbackInfo& info) {
  return nothingOrThrow(info.Env(), mkdirat(directoryArgument(info, 0), textArgument(info, 1).c_str(), static_cast<mode_t>(intArgument(info, 2))), "mkdirat");
}

static Napi::Value unlinkEntry(const Napi::CallbackInfo& info) {
  return nothingOrThrow(info.Env(), unlinkat(directoryArgument(info, 0), textArgument(info, 1).c_str(), intArgument(info, 2)), "unlinkat");
}

static Napi::Value renameEntry(const Napi::CallbackInfo& info) {
  std::string from = textArgument(info, 1), to = textArgument(info, 3);
  unsigned flags = info.Length() > 4 && flagArgument(info, 4) ? RENAME_NOREPLACE : 0;
  return nothingOrThrow(info.Env(), renameat2(directoryArgument(info, 0), from.c_str(), directoryArgument(info, 2), to.c_str(), flags), "renameat2");
}

static Napi::Value statDescriptor(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  struct stat status;
  if (fstat(intArgument(info, 0), &status) < 0) throwSystemError(env, errno, "fstat");
  Napi::Object result = Napi::Object::New(env);
  result.Set("dev", Napi::BigInt::New(env, static_cast<uint64_t>(status.st_dev)));
  result.Set("ino", Napi::BigInt::New(env, static_cast<uint64_t>(status.st_ino)));
  result.Set("mode", Napi::Number::New(env, status.st_mode));
  result.Set("uid", Napi::Number::New(env, status.st_uid));
  result.Set("gid", Napi::Number::New(env, status.st_gid));
  result.Set("size", Napi::BigInt::New(env, static_cast<int64_t>(status.st_size)));
  return result;
}

// Of the path itself, not of what a link leads to. Undefined where it has none of that name, or its file system has none at all.
static Napi::Value extendedAttribute(const Napi::CallbackInfo& info) {
  unsigned char value[256];
  ssize_t length = lgetxattr(textArgument(info, 0).c_str(), textArgument(info, 1).c_str(), value, sizeof value);
  if (length < 0 && (errno == ENODATA || errno == ENOTSUP)) return info.Env().Undefined();
  if (length < 0) throwSystemError(info.Env(), errno, "lgetxattr");
  return Napi::Buffer<unsigned char>::Copy(info.Env(), value, static_cast<size_t>(length));
}

static bool isOwnAttribute(const std::string& name) {
  return name.rfind("user.", 0) == 0 && name.rfind("user.overlay.", 0) != 0;
}

// Through descriptors, O_PATH ones too. An overlay's own marks stay behind: in another layer they would be obeyed. A file system without attributes has none to give or take.
static Napi::Value copyAttributes(const Napi::CallbackInfo& info) {
  const std::string from = "/proc/self/fd/" + std::to_string(intArgument(info, 0));
  const std::string to = "/proc/self/fd/" + std::to_string(intArgument(info, 1));
  std::vector<char> names(XATTR_LIST_MAX);
  std::vector<char> value(XATTR_SIZE_MAX);
  const ssize_t length = listxattr(from.c_str(), names.data(), names.size());
  if (length < 0 && errno == ENOTSUP) return info.Env().Undefined();
  if (length < 0) throwSystemError(info.Env(), errno, "listxattr");
  for (ssize_t at = 0; at < length;) {
    const std::string name(names.data() + at);
    at += static_cast<ssize_t>(name.size()) + 1;
    if (!isOwnAttribute(name)) continue;
    const ssize_t bytes = getxattr(from.c_str(), name.c_str(), value.data(), value.size());
    if (bytes < 0 && errno == ENODATA) continue;
    if (bytes < 0) throwSystemError(info.Env(), errno, "getxattr");
    if (setxattr(to.c_str(), name.c_str(), value.data(), static_cast<size_t>(bytes), 0) == 0) continue;
    if (errno == ENOTSUP) return info.Env().Undefined();
    throwSystemError(info.Env(), errno, "setxattr");
  }
  return info.Env().Undefined();
}

// One record of identifyPaths: plain numbers in the machine's own order, so that two of them are compared as bytes.
struct IdentityRecord {
  uint64_t dev, ino, mode, owner, size;
  int64_t modified, changed;
  int64_t error;
};
static_assert(sizeof(IdentityRecord) == 64, "no padding, or equal files would differ");

// A path that cannot be looked at is known by its error alone. Bits of the letter before each path: 1 follow links, 2 size and times too.
static IdentityRecord identify(char letter, const char* path) {
  IdentityRecord record = {};
  struct stat status;
  if (fstatat(AT_FDCWD, path, &status, (letter & 1) ? 0 : AT_SYMLINK_NOFOLLOW) < 0) {
    record.error = errno;
    return record;
  }
  record.dev = status.st_dev;
  record.ino = status.st_ino;
  record.mode = status.st_mode;
  record.owner = static_cast<uint64_t>(status.st_uid) << 32 | status.st_gid;
  if (letter & 2) {
    record.size = static_cast<uint64_t>(status.st_size);
    record.modified = status.st_mtim.tv_sec * 1000000000LL + status.st_mtim.tv_nsec;
    record.changed = status.st_ctim.tv_sec * 1000000000LL + status.st_ctim.tv_nsec;
  }
  return record;
}

static Napi::Value identifyPaths(const Napi::CallbackInfo& info) {
  for (size_t i = 0; i < 2; i++)
    if (!info[i].IsTypedArray() || info[i].As<Napi::TypedArray>().TypedArrayType() != napi_uint8_array)
      throw Napi::TypeError::New(info.Env(), "argument " + std::to_string(i + 1) + " must be a Uint8Array");
  Napi::Uint8Array paths = info[0].As<Napi::Uint8Array>();
  Napi::Uint8Array records = info[1].As<Napi::Uint8Array>();
  const char* text = reinterpret_cast<const char*>(paths.Data());
  const size_t length = paths.ByteLength();
  if (length > 0 && text[length - 1] != '\0') throw Napi::RangeError::New(info.Env(), "the last path must end with NUL");
  size_t count = 0;
  for (size_t at = 0; at < length; count++) {
    const size_t bytes = strlen(text + at);
    if (bytes < 2 || (count + 1) * sizeof(IdentityRecord) > records.ByteLength()) throw Napi::RangeError::New(info.Env(), "an empty path, or too few records");
    const IdentityRecord record = identify(text[at], text + at + 1);
    memcpy(records.Data() + count * sizeof record, &record, sizeof record);
    at += bytes + 1;
  }
  return Napi::Number::New(info.Env(), static_cast<double>(count));
}

static Napi::Value lockFile(const Napi::CallbackInfo& info) {
  int fd = intArgument(info, 0);
  int how = (flagArgument(info, 1) ? LOCK_EX : LOCK_SH) | LOCK_NB;
  int result;
  do result = flock(fd, how);
  while (result < 0 && errno == EINTR);
  if (result < 0 && errno != EWOULDBLOCK) throwSystemError(info.Env(), errno, "flock");
  return Napi::Boolean::New(info.Env(), result == 0);
}

static Napi::Value lockDescription(const Napi::CallbackInfo& info) {
  struct flock lock = {};
  int fd = intArgument(info, 0);
  lock.l_type = flagArgument(info, 1) ? F_WRLCK : F_RDLCK;
  lock.l_whence = SEEK_SET;
  if (fcntl(fd, F_OFD_SETLK, &lock) == 0) return Napi::Boolean::New(info.Env(), true);
  if (errno != EAGAIN && errno != EACCES) throwSystemError(info.Env(), errno, "fcntl");
  return Napi::Boolean::New(info.Env(), false);
}

void registerFiles(Napi::Env, Napi::Object exports) {
  put(exports, "close", closeDescriptor);
  put(exports, "dup", duplicate);
  put(exports, "memfd", memfd);
  put(exports, "pidfdOpen", pidfdOpen);
  put(exports, "openat2", openAt2);
  put(exports, "mkdirat", makeDirectory);
  put(exports, "unlinkat", unlinkEntry);
  put(exports, "renameat", renameEntry);
  put(exports, "fstat", statDescriptor);
  put(exports, "extendedAttribute", extendedAttribute);
  put(exports, "copyAttributes", copyAttributes);
  put(exports, "identifyPaths", identifyPaths);
  put(exports, "flock", lockFile);
  put(exports, "ofdLock", lockDescription);
}

}  // namespace tsbox
