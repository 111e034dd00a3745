// The part of Node-API that the addon uses, over plain values: with it the addon's functions run, and are fuzzed, without a JavaScript engine.
// As with the real one, an argument of another type is an error code, and a thrown exception waits until somebody takes it.
#include "fake-napi.h"

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <deque>

#include <uv.h>

namespace fake {

static std::deque<Value> values;
static std::map<std::string, Value*> exported;
static Value* pending;
static napi_extended_error_info last = {"fake", nullptr, 0, napi_ok};

Value* make(napi_valuetype type) {
  values.emplace_back();
  values.back().type = type;
  return &values.back();
}

Value* number(double value) {
  Value* made = make(napi_number);
  made->number = value;
  return made;
}

Value* text(const std::string& value) {
  Value* made = make(napi_string);
  made->text = value;
  return made;
}

Value* bytes(size_t size) {
  Value* made = make(napi_object);
  made->array = true;
  made->bytes = std::make_shared<std::vector<uint8_t>>(size);
  return made;
}

Value* list() {
  Value* made = make(napi_object);
  made->list = true;
  return made;
}

void forgetAll() {
  values.clear();
  pending = nullptr;
}

void forgetException() { pending = nullptr; }

}  // namespace fake

using fake::Value;

static Value* at(napi_value value) { return reinterpret_cast<Value*>(value); }
static napi_value as(Value* value) { return reinterpret_cast<napi_value>(value); }
static napi_status fail(napi_status status) {
  fake::last.error_code = status;
  return status;
}
static napi_status give(napi_value* result, Value* value) {
  *result = as(value);
  return napi_ok;
}
static napi_status throwText(const char* message) {
  fake::pending = fake::make(napi_object);
  fake::pending->properties["message"] = fake::text(message == nullptr ? "" : message);
  return napi_ok;
}

extern "C" {
void napi_module_register(napi_module*) {}
napi_status napi_get_last_error_info(napi_env, const napi_extended_error_info** result) { return *result = &fake::last, napi_ok; }
napi_status napi_get_undefined(napi_env, napi_value* result) { return give(result, fake::make(napi_undefined)); }
napi_status napi_get_boolean(napi_env, bool value, napi_value* result) {
  Value* made = fake::make(napi_boolean);
  made->number = value ? 1 : 0;
  return give(result, made);
}
napi_status napi_create_object(napi_env, napi_value* result) { return give(result, fake::make(napi_object)); }
napi_status napi_create_array_with_length(napi_env, size_t, napi_value* result) { return give(result, fake::list()); }
napi_status napi_create_double(napi_env, double value, napi_value* result) { return give(result, fake::number(value)); }
napi_status napi_create_int32(napi_env, int32_t value, napi_value* result) { return give(result, fake::number(value)); }
napi_status napi_create_uint32(napi_env, uint32_t value, napi_value* result) { return give(result, fake::number(value)); }
napi_status napi_create_int64(napi_env, int64_t value, napi_value* result) { return give(result, fake::number(static_cast<double>(value))); }
napi_status napi_create_bigint_int64(napi_env, int64_t, napi_value* result) { return give(result, fake::make(napi_bigint)); }
napi_status napi_create_bigint_uint64(napi_env, uint64_t, napi_value* result) { return give(result, fake::make(napi_bigint)); }
napi_status napi_create_string_utf8(napi_env, const char* text, size_t length, napi_value* result) {
  return give(result, fake::text(length == NAPI_AUTO_LENGTH ? std::string(text) : std::string(text, length)));
}
napi_status napi_create_function(napi_env, const char*, size_t, napi_callback call, void* data, napi_value* result) {
  Value* made = fake::make(napi_function);
  made->call = call;
  made->data = data;
  return give(result, made);
}
napi_status napi_create_error(napi_env, napi_value, napi_value, napi_value* result) { return give(result, fake::make(napi_object)); }
napi_status napi_create_type_error(napi_env env, napi_value code, napi_value text, napi_value* result) { return napi_create_error(env, code, text, result); }
napi_status napi_create_range_error(napi_env env, napi_value code, napi_value text, napi_value* result) { return napi_create_error(env, code, text, result); }
napi_status napi_throw(napi_env, napi_value error) { return fake::pending = at(error), napi_ok; }
napi_status napi_throw_error(napi_env, const char*, const char* text) { return throwText(text); }
napi_status napi_throw_type_error(napi_env, const char*, const char* text) { return throwText(text); }
napi_status napi_throw_range_error(napi_env, const char*, const char* text) { return throwText(text); }
napi_status napi_is_exception_pending(napi_env, bool* result) { return *result = fake::pending != nullptr, napi_ok; }
napi_status napi_get_and_clear_last_exception(napi_env, napi_value* result) {
  *result = as(fake::pending == nullptr ? fake::make(napi_undefined) : fake::pending);
  fake::pending = nullptr;
  return napi_ok;
}
void napi_fatal_error(const char*, size_t, const char*, size_t) { std::abort(); }
napi_status napi_fatal_exception(napi_env, napi_value) { return napi_ok; }
napi_status napi_open_handle_scope(napi_env, napi_handle_scope* result) { return *result = nullptr, napi_ok; }
napi_status napi_close_handle_scope(napi_env, napi_handle_scope) { return napi_ok; }
napi_status napi_open_escapable_handle_scope(napi_env, napi_escapable_handle_scope* result) { return *result = nullptr, napi_ok; }
napi_status napi_close_escapable_handle_scope(napi_env, napi_escapable_handle_scope) { return napi_ok; }
napi_status napi_escape_handle(napi_env, napi_escapable_handle_scope, napi_value value, napi_value* result) { return *result = value, napi_ok; }
napi_status napi_create_reference(napi_env, napi_value value, uint32_t, napi_ref* result) { return *result = reinterpret_cast<napi_ref>(value), napi_ok; }
napi_status napi_delete_reference(napi_env, napi_ref) { return napi_ok; }
napi_status napi_get_reference_value(napi_env, napi_ref reference, napi_value* result) { return *result = reinterpret_cast<napi_value>(reference), napi_ok; }
napi_status napi_typeof(napi_env, napi_value value, napi_valuetype* result) { return *result = value == nullptr ? napi_undefined : at(value)->type, napi_ok; }
napi_status napi_get_value_double(napi_env, napi_value value, double* result) {
  if (at(value)->type != napi_number) return fail(napi_number_expected);
  return *result = at(value)->number, napi_ok;
}
// As in JavaScript: what is no finite number is 0, and what is too large is taken by its low half.
static int64_t integer(double value) { return std::isfinite(value) && std::fabs(value) < 9e18 ? static_cast<int64_t>(value) : 0; }
napi_status napi_get_value_int32(napi_env, napi_value value, int32_t* result) {
  if (at(value)->type != napi_number) return fail(napi_number_expected);
  return *result = static_cast<int32_t>(static_cast<uint32_t>(integer(at(value)->number))), napi_ok;
}
napi_status napi_get_value_uint32(napi_env, napi_value value, uint32_t* result) {
  if (at(value)->type != napi_number) return fail(napi_number_expected);
  return *result = static_cast<uint32_t>(integer(at(value)->number)), napi_ok;
}
napi_status napi_get_value_bool(napi_env, napi_value value, bool* result) {
  if (at(value)->type != napi_boolean) return fail(napi_boolean_expected);
  return *result = at(value)->number != 0, napi_ok;
}
napi_status napi_get_value_string_utf8(napi_env, napi_value value, char* buffer, size_t size, size_t* result) {
  if (at(value)->type != napi_string) return fail(napi_string_expected);
  const std::string& text = at(value)->text;
  if (buffer == nullptr) return *result = text.size(), napi_ok;
  const size_t count = size == 0 ? 0 : std::min(size - 1, text.size());
  std::memcpy(buffer, text.data(), count);
  if (size > 0) buffer[count] = '\0';
  if (result != nullptr) *result = count;
  return napi_ok;
}
napi_status napi_get_array_length(napi_env, napi_value value, uint32_t* result) {
  if (!at(value)->list) return fail(napi_array_expected);
  return *result = static_cast<uint32_t>(at(value)->elements.size()), napi_ok;
}
napi_status napi_get_element(napi_env, napi_value value, uint32_t index, napi_value* result) {
  if (at(value)->type != napi_object) return fail(napi_object_expected);
  return give(result, index < at(value)->elements.size() ? at(value)->elements[index] : fake::make(napi_undefined));
}
napi_status napi_set_element(napi_env, napi_value value, uint32_t index, napi_value element) {
  if (index >= at(value)->elements.size()) at(value)->elements.resize(index + 1, fake::make(napi_undefined));
  return at(value)->elements[index] = at(element), napi_ok;
}
napi_status napi_get_named_property(napi_env, napi_value value, const char* name, napi_value* result) {
  auto found = at(value)->properties.find(name);
  return give(result, found == at(value)->properties.end() ? fake::make(napi_undefined) : found->second);
}
napi_status napi_set_named_property(napi_env, napi_value value, const char* name, napi_value property) { return at(value)->properties[name] = at(property), napi_ok; }
napi_status napi_get_property(napi_env env, napi_value value, napi_value key, napi_value* result) { return napi_get_named_property(env, value, at(key)->text.c_str(), result); }
napi_status napi_has_property(napi_env, napi_value value, napi_value key, bool* result) { return *result = at(value)->properties.count(at(key)->text) > 0, napi_ok; }
napi_status napi_define_properties(napi_env env, napi_value value, size_t count, const napi_property_descriptor* properties) {
  for (size_t i = 0; i < count; i++) {
    napi_value made = properties[i].value;
    if (properties[i].method != nullptr) napi_create_function(env, nullptr, 0, properties[i].method, properties[i].data, &made);
    if (made != nullptr && properties[i].utf8name != nullptr) at(value)->properties[properties[i].utf8name] = at(made);
  }
  return napi_ok;
}
napi_status napi_object_freeze(napi_env, napi_value) { return napi_ok; }
napi_status napi_is_typedarray(napi_env, napi_value value, bool* result) { return *result = at(value)->array, napi_ok; }
napi_status napi_get_typedarray_info(napi_env, napi_value value, napi_typedarray_type* type, size_t* length, void** data, napi_value* buffer, size_t* offset) {
  if (!at(value)->array) return fail(napi_invalid_arg);
  if (type != nullptr) *type = napi_uint8_array;
  if (length != nullptr) *length = at(value)->bytes->size();
  if (data != nullptr) *data = at(value)->bytes->data();
  if (buffer != nullptr) *buffer = value;
  if (offset != nullptr) *offset = 0;
  return napi_ok;
}
napi_status napi_get_arraybuffer_info(napi_env, napi_value value, void** data, size_t* length) {
  if (at(value)->bytes == nullptr) return fail(napi_invalid_arg);
  if (data != nullptr) *data = at(value)->bytes->data();
  if (length != nullptr) *length = at(value)->bytes->size();
  return napi_ok;
}
napi_status napi_create_external_arraybuffer(napi_env env, void* data, size_t, napi_finalize finalize, void* hint, napi_value* result) {
  if (finalize != nullptr) finalize(env, data, hint);
  return give(result, fake::bytes(0));
}
napi_status napi_create_typedarray(napi_env, napi_typedarray_type, size_t, napi_value, size_t, napi_value* result) { return give(result, fake::bytes(0)); }
napi_status napi_create_buffer_copy(napi_env, size_t length, const void* from, void** data, napi_value* result) {
  fake::Value* made = fake::bytes(length);
  if (length > 0) memcpy(made->bytes->data(), from, length);
  if (data != nullptr) *data = made->bytes->data();
  return give(result, made);
}
napi_status napi_detach_arraybuffer(napi_env, napi_value) { return napi_ok; }
napi_status napi_add_finalizer(napi_env, napi_value, void*, napi_finalize, void*, napi_ref*) { return napi_ok; }
napi_status napi_get_cb_info(napi_env, napi_callback_info info, size_t* count, napi_value* arguments, napi_value* self, void** data) {
  const fake::Call* call = reinterpret_cast<const fake::Call*>(info);
  if (count != nullptr) {
    for (size_t i = 0; arguments != nullptr && i < *count; i++) arguments[i] = as(i < call->arguments.size() ? call->arguments[i] : fake::make(napi_undefined));
    *count = call->arguments.size();
  }
  if (self != nullptr) *self = as(fake::make(napi_object));
  if (data != nullptr) *data = call->data;
  return napi_ok;
}
napi_status napi_wrap(napi_env, napi_value, void*, napi_finalize, void*, napi_ref*) { return fail(napi_generic_failure); }
napi_status napi_unwrap(napi_env, napi_value, void**) { return fail(napi_invalid_arg); }
napi_status napi_make_callback(napi_env, napi_async_context, napi_value, napi_value, size_t, const napi_value*, napi_value*) { return napi_ok; }
napi_status napi_async_init(napi_env, napi_value, napi_value, napi_async_context*) { return napi_ok; }
napi_status napi_async_destroy(napi_env, napi_async_context) { return napi_ok; }
napi_status napi_add_env_cleanup_hook(napi_env, void (*)(void*), void*) { return napi_ok; }
napi_status napi_remove_env_cleanup_hook(napi_env, void (*)(void*), void*) { return napi_ok; }
napi_status napi_get_uv_event_loop(napi_env, uv_loop_t**) { return fail(napi_generic_failure); }
const char* uv_err_name(int) { return "EFAKE"; }
int uv_poll_init(uv_loop_t*, uv_poll_t*, int) { return -1; }
int uv_poll_start(uv_poll_t*, int, uv_poll_cb) { return -1; }
int uv_poll_stop(uv_poll_t*) { return 0; }
int uv_prepare_init(uv_loop_t*, uv_prepare_t*) { return -1; }
int uv_prepare_start(uv_prepare_t*, uv_prepare_cb) { return -1; }
int uv_prepare_stop(uv_prepare_t*) { return 0; }
int uv_backend_fd(const uv_loop_t*) { return -1; }
int uv_backend_timeout(const uv_loop_t*) { return 0; }
void uv_update_time(uv_loop_t*) {}
void uv_unref(uv_handle_t*) {}
void uv_close(uv_handle_t*, uv_close_cb) {}
}
