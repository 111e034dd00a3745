// Polling one descriptor in Node's event loop (uv_poll). The watcher owns no descriptor.
// A shortcut before the loop's own wait: where nothing but watched descriptors has something to tell, it is told from here. One turn of the loop takes two waits and several
// looks at what else may be due, for each message that passes through a filter.
#include "addon.h"

#include <node_api.h>
#include <sys/epoll.h>
#include <uv.h>

#include <cerrno>
#include <vector>

namespace tsbox {

static constexpr int kReadable = 1;
static constexpr int kWritable = 2;
static constexpr int kHangup = 4;

// INVARIANT: lives from watch() until uv_close's callback; `self` and `callback` are strong until close(), so a watcher that nobody holds goes on watching.
struct Poll {
  uv_poll_t handle;
  napi_env env;
  napi_ref self = nullptr;
  napi_ref callback = nullptr;
  napi_async_context context = nullptr;
  int fd = -1;
  int wanted = 0;
  uint64_t startedIn = 0;  // the round of the shortcut
  bool closed = false;
  bool handleGone = false;
  bool wrapperGone = false;
};

// Of one event loop. It lives as long as its thread.
struct Shortcut {
  uv_prepare_t before;
  uv_loop_t* loop = nullptr;
  bool open = false;
  uint64_t round = 0;
  std::vector<Poll*> byDescriptor;

  Poll* at(int fd) const { return fd >= 0 && static_cast<size_t>(fd) < byDescriptor.size() ? byDescriptor[static_cast<size_t>(fd)] : nullptr; }
  void put(int fd, Poll* poll) {
    if (static_cast<size_t>(fd) >= byDescriptor.size()) byDescriptor.resize(static_cast<size_t>(fd) + 1);
    byDescriptor[static_cast<size_t>(fd)] = poll;
  }
};
static thread_local Shortcut shortcut;

static void freeIfUnused(Poll* poll) {
  if (poll->handleGone && poll->wrapperGone) delete poll;
}

static void onPoll(uv_poll_t* handle, int status, int happened);
static void tell(Poll* poll, int events);

static int start(Poll* poll) {
  shortcut.put(poll->fd, poll->wanted == 0 ? nullptr : poll);
  poll->startedIn = shortcut.round;
  if (poll->wanted == 0) return uv_poll_stop(&poll->handle);
  int events = 0;
  // A half-closed peer is reported for as long as it is so: to a reader it means the end, a mere writer it would wake without pause.
  if (poll->wanted & kReadable) events |= UV_READABLE | UV_DISCONNECT;
  if (poll->wanted & kHangup) events |= UV_DISCONNECT;
  if (poll->wanted & kWritable) events |= UV_WRITABLE;
  return uv_poll_start(&poll->handle, events, onPoll);
}

static void onPoll(uv_poll_t* handle, int status, int happened) {
  Poll* poll = static_cast<Poll*>(handle->data);
  if (poll->closed) return;
  int events = 0;
  if (happened & UV_READABLE) events |= kReadable;
  if (happened & UV_WRITABLE) events |= kWritable;
  if (happened & UV_DISCONNECT) events |= kHangup;
  if (status < 0) {
    // libuv stops the handle on POLLERR. What is queued can still be read and the next call tells the error, so go on until the owner closes.
    events = kReadable | kWritable | kHangup;
    start(poll);
  }
  tell(poll, events);
}

static void tell(Poll* poll, int events) {
  napi_env env = poll->env;
  napi_handle_scope scope;
  if (napi_open_handle_scope(env, &scope) != napi_ok) return;
  napi_value callback, self, argument;
  napi_get_reference_value(env, poll->callback, &callback);
  napi_get_reference_value(env, poll->self, &self);
  napi_create_int32(env, events, &argument);
  if (napi_make_callback(env, poll->context, self, callback, 1, &argument, nullptr) == napi_pending_exception) {
    napi_value thrown;
    napi_get_and_clear_last_exception(env, &thrown);
    napi_fatal_exception(env, thrown);
  }
  napi_close_handle_scope(env, scope);
}

static constexpr int kBatch = 64;
// Now and then the loop has its turn: what runs between two waits (finalizers) must not wait for ever.
static constexpr int kRounds = 32;

// Before the loop waits. INVARIANT: what is not told here stays as it is (level-triggered), so the loop tells it.
static void beforeWait(uv_prepare_t*) {
  uv_loop_t* loop = shortcut.loop;
  for (int rounds = 0; rounds < kRounds; rounds++) {
    // 0 also where something is to be registered first, or is due now.
    const int timeout = uv_backend_timeout(loop);
    if (timeout == 0) return;
    epoll_event events[kBatch];
    const int count = epoll_wait(uv_backend_fd(loop), events, kBatch, timeout);
    uv_update_time(loop);
    if (count <= 0) return;
    for (int i = 0; i < count; i++)
      if ((events[i].events & ~static_cast<uint32_t>(EPOLLIN | EPOLLOUT | EPOLLRDHUP)) != 0 || shortcut.at(events[i].data.fd) == nullptr) return;
    shortcut.round++;
    for (int i = 0; i < count; i++) {
      // Closed meanwhile, or another one under the same number.
      Poll* poll = shortcut.at(events[i].data.fd);
      if (poll == nullptr || poll->startedIn == shortcut.round) continue;
      int told = 0;
      if (events[i].events & EPOLLIN) told |= kReadable;
      if (events[i].events & EPOLLOUT) told |= kWritable;
      if (events[i].events & EPOLLRDHUP) told |= kHangup;
      tell(poll, told);
    }
  }
}

static void closeShortcut(void*) {
  if (!shortcut.open) return;
  shortcut.open = false;
  uv_prepare_stop(&shortcut.before);
  uv_close(reinterpret_cast<uv_handle_t*>(&shortcut.before), nullptr);
}

static void openShortcut(napi_env env, uv_loop_t* loop) {
  if (shortcut.loop != nullptr) return;
  shortcut.loop = loop;
  if (uv_prepare_init(loop, &shortcut.before) != 0) return;
  shortcut.open = uv_prepare_start(&shortcut.before, beforeWait) == 0;
  uv_unref(reinterpret_cast<uv_handle_t*>(&shortcut.before));
  napi_add_env_cleanup_hook(env, closeShortcut, nullptr);
}

static void onHandleClosed(uv_handle_t* handle) {
  Poll* poll = static_cast<Poll*>(handle->data);
  poll->handleGone = true;
  freeIfUnused(poll);
}

static void closeOnExit(void* data);

static void closePoll(Poll* poll) {
  if (poll->closed) return;
  poll->closed = true;
  if (shortcut.at(poll->fd) == poll) shortcut.put(poll->fd, nullptr);
  uv_poll_stop(&poll->handle);
  napi_remove_env_cleanup_hook(poll->env, closeOnExit, poll);
  napi_async_destroy(poll->env, poll->context);
  napi_delete_reference(poll->env, poll->callback);
  napi_delete_reference(poll->env, poll->self);
  uv_close(reinterpret_cast<uv_handle_t*>(&poll->handle), onHandleClosed);
}

static void closeOnExit(void* data) { closePoll(static_cast<Poll*>(data)); }

static void onWrapperGone(napi_env, void* data, void*) {
  Poll* poll = static_cast<Poll*>(data);
  poll->wrapperGone = true;
  freeIfUnused(poll);
}

static Poll* pollOf(napi_env env, napi_callback_info info, size_t* argc, napi_value* argv) {
  napi_value self;
  void* data = nullptr;
  napi_get_cb_info(env, info, argc, argv, &self, nullptr);
  if (napi_unwrap(env, self, &data) != napi_ok) {
    napi_throw_type_error(env, nullptr, "not a watcher");
    return nullptr;
  }
  return static_cast<Poll*>(data);
}

static napi_value updateMethod(napi_env env, napi_callback_info info) {
  size_t argc = 1;
  napi_value argv[1];
  Poll* poll = pollOf(env, info, &argc, argv);
  int32_t events;
  if (poll == nullptr) return nullptr;
  if (argc < 1 || napi_get_value_int32(env, argv[0], &events) != napi_ok) {
    napi_throw_type_error(env, nullptr, "expected events");
    return nullptr;
  }
  if (poll->closed || poll->wanted == events) return nullptr;
  poll->wanted = events;
  int error = start(poll);
  if (error < 0) napi_throw_error(env, uv_err_name(error), "epoll_ctl failed");
  return nullptr;
}

static napi_value closeMethod(napi_env env, napi_callback_info info) {
  size_t argc = 0;
  Poll* poll = pollOf(env, info, &argc, nullptr);
  if (poll != nullptr) closePoll(poll);
  return nullptr;
}

static napi_value unrefMethod(napi_env env, napi_callback_info info) {
  size_t argc = 0;
  Poll* poll = pollOf(env, info, &argc, nullptr);
  if (poll != nullptr && !poll->closed) uv_unref(reinterpret_cast<uv_handle_t*>(&poll->handle));
  return nullptr;
}

static Napi::Value watch(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  int fd = intArgument(info, 0);
  int events = intArgument(info, 1);
  if (!info[2].IsFunction()) throw Napi::TypeError::New(env, "argument 3 must be a function");
  uv_loop_t* loop = nullptr;
  if (napi_get_uv_event_loop(env, &loop) != napi_ok) throw Napi::Error::New(env, "no event loop");

  openShortcut(env, loop);
  Poll* poll = new Poll();
  poll->env = env;
  poll->fd = fd;
  poll->handle.data = poll;
  int error = uv_poll_init(loop, &poll->handle, fd);
  if (error < 0) {
    delete poll;
    throwSystemError(env, -error, "epoll_ctl");
  }
  Napi::Object watcher = Napi::Object::New(env);
  const napi_property_descriptor methods[] = {
      {"update", nullptr, updateMethod, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
      {"close", nullptr, closeMethod, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
      {"unref", nullptr, unrefMethod, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
  };
  napi_define_properties(env, watcher, sizeof methods / sizeof methods[0], methods);
  napi_wrap(env, watcher, poll, onWrapperGone, nullptr, nullptr);
  napi_create_reference(env, watcher, 1, &poll->self);
  napi_create_reference(env, info[2], 1, &poll->callback);
  napi_async_init(env, nullptr, Napi::String::New(env, "tsbox.watch"), &poll->context);
  napi_add_env_cleanup_hook(env, closeOnExit, poll);
  poll->wanted = events;
  error = start(poll);
  if (error < 0) {
    closePoll(poll);
    throwSystemError(env, -error, "epoll_ctl");
  }
  return watcher;
}

void registerWatcher(Napi::Env, Napi::Object exports) { put(exports, "watch", watch); }

}  // namespace tsbox
