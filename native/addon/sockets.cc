// Unix sockets: pairs, listening, connecting, accepting, and what the kernel tells of a peer.
#include "addon.h"
#include "../peer.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>

#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77  // Linux 6.5; older headers lack the name
#endif

namespace tsbox {

static constexpr int kSocketFlags = SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK;

static Napi::Value socketPair(const Napi::CallbackInfo& info) {
  int ends[2];
  if (socketpair(AF_UNIX, kSocketFlags, 0, ends) < 0) throwSystemError(info.Env(), errno, "socketpair");
  Napi::Array pair = Napi::Array::New(info.Env(), 2);
  pair.Set(0u, Napi::Number::New(info.Env(), ends[0]));
  pair.Set(1u, Napi::Number::New(info.Env(), ends[1]));
  return pair;
}

// Fills the address; a path that does not fit is refused, never cut: a cut path is another path.
static socklen_t fillAddress(Napi::Env env, const std::string& text, bool allowAbstract, const char* syscall, sockaddr_un* address) {
  std::memset(address, 0, sizeof *address);
  address->sun_family = AF_UNIX;
  if (text.empty()) throwSystemError(env, EINVAL, syscall);
  if (text.size() > sizeof address->sun_path - 1) throwSystemError(env, ENAMETOOLONG, syscall);
  std::memcpy(address->sun_path, text.data(), text.size());
  if (allowAbstract && text[0] == '@') {
    address->sun_path[0] = '\0';
    return static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + text.size());
  }
  return static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + text.size() + 1);
}

static int newSocket(Napi::Env env) {
  int fd = socket(AF_UNIX, kSocketFlags, 0);
  if (fd < 0) throwSystemError(env, errno, "socket");
  return fd;
}

static Napi::Value listenUnix(const Napi::CallbackInfo& info) {
  std::string path = textArgument(info, 0);
  int backlog = intArgument(info, 1);
  sockaddr_un address;
  socklen_t length = fillAddress(info.Env(), path, false, "bind", &address);
  int fd = newSocket(info.Env());
  const char* failed = nullptr;
  if (bind(fd, reinterpret_cast<sockaddr*>(&address), length) < 0) failed = "bind";
  else if (listen(fd, backlog) < 0) failed = "listen";
  if (failed != nullptr) {
    int error = errno;
    close(fd);
    throwSystemError(info.Env(), error, failed);
  }
  return Napi::Number::New(info.Env(), fd);
}

// On a socket that listens already: who connects from now on is told this process as its peer (unix(7), SO_PEERCRED).
static Napi::Value listenOn(const Napi::CallbackInfo& info) {
  if (listen(intArgument(info, 0), intArgument(info, 1)) < 0) throwSystemError(info.Env(), errno, "listen");
  return info.Env().Undefined();
}

static Napi::Value connectUnix(const Napi::CallbackInfo& info) {
  sockaddr_un address;
  socklen_t length = fillAddress(info.Env(), textArgument(info, 0), true, "connect", &address);
  int fd = newSocket(info.Env());
  if (connect(fd, reinterpret_cast<sockaddr*>(&address), length) < 0) {
    int error = errno;
    close(fd);
    throwSystemError(info.Env(), error, "connect");
  }
  return Napi::Number::New(info.Env(), fd);
}

static Napi::Value acceptUnix(const Napi::CallbackInfo& info) {
  int fd;
  do fd = accept4(intArgument(info, 0), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
  while (fd < 0 && (errno == EINTR || errno == ECONNABORTED));
  if (fd < 0 && errno != EAGAIN) throwSystemError(info.Env(), errno, "accept4");
  return Napi::Number::New(info.Env(), fd);
}

static const char* reasonOf(int error) {
  switch (error) {
    case EPERM: return "uid";
    case EXDEV: return "namespace";
    case ESRCH: return "gone";
    default: return "unreadable";
  }
}

static Napi::Value checkPeer(const Napi::CallbackInfo& info) {
  pid_t pid = -1;
  const int error = peer_beside_us(intArgument(info, 0), &pid);
  Napi::Object result = Napi::Object::New(info.Env());
  result.Set("ok", Napi::Boolean::New(info.Env(), error == 0));
  result.Set("pid", Napi::Number::New(info.Env(), pid));
  if (error != 0) result.Set("reason", Napi::String::New(info.Env(), reasonOf(error)));
  return result;
}

static Napi::Value shutdownSocket(const Napi::CallbackInfo& info) {
  // A peer that went first is no surprise.
  if (shutdown(intArgument(info, 0), intArgument(info, 1)) < 0 && errno != ENOTCONN) throwSystemError(info.Env(), errno, "shutdown");
  return info.Env().Undefined();
}

// A receiver that asks for credentials (SO_PASSCRED) after a message was sent gets those of the sender only if the sender's own socket passes them.
static Napi::Value passCredentials(const Napi::CallbackInfo& info) {
  const int on = 1;
  if (setsockopt(intArgument(info, 0), SOL_SOCKET, SO_PASSCRED, &on, sizeof on) < 0) throwSystemError(info.Env(), errno, "setsockopt");
  return info.Env().Undefined();
}

void registerSockets(Napi::Env, Napi::Object exports) {
  put(exports, "socketpair", socketPair);
  put(exports, "listenUnix", listenUnix);
  put(exports, "listenOn", listenOn);
  put(exports, "connectUnix", connectUnix);
  put(exports, "accept", acceptUnix);
  put(exports, "checkPeer", checkPeer);
  put(exports, "shutdown", shutdownSocket);
  put(exports, "passCredentials", passCredentials);
}

}  // namespace tsbox
