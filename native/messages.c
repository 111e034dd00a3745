// Says what fails before the broker answers. Form: what was tried: what the system answered; then what to do. The texts are in messages-table.c.
#include "messages.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define LINE_BYTES 4096

struct line {
  char bytes[LINE_BYTES];
  size_t length;
};

static void put(struct line *line, const char *text, size_t length) {
  const size_t room = sizeof line->bytes - line->length - 1;
  if (length > room) length = room;
  memcpy(line->bytes + line->length, text, length);
  line->length += length;
}

// Length of a character that must not reach a terminal as it is (control, or changing the direction of text), 0 if it may.
static size_t dangerous(const unsigned char *at) {
  if (*at < 0x20 || *at == 0x7f) return 1;
  if (at[0] == 0xc2 && at[1] >= 0x80 && at[1] < 0xa0) return 2;
  if (at[0] == 0xd8 && at[1] == 0x9c) return 2;
  if (at[0] == 0xe2 && at[1] == 0x80 && (at[2] == 0x8e || at[2] == 0x8f || (at[2] >= 0xa8 && at[2] <= 0xae))) return 3;
  if (at[0] == 0xe2 && at[1] == 0x81 && at[2] >= 0xa6 && at[2] <= 0xa9) return 3;
  return 0;
}

static void put_escaped(struct line *line, const char *value) {
  for (const unsigned char *at = (const unsigned char *)value; *at != '\0';) {
    const size_t length = dangerous(at);
    char escaped[8];
    for (size_t i = 0; i < length; i++) {
      snprintf(escaped, sizeof escaped, "\\x%02x", at[i]);
      put(line, escaped, 4);
    }
    if (length == 0) put(line, (const char *)at, 1);
    at += length == 0 ? 1 : length;
  }
}

// The twin of languageOf in launcher/messages/language.ts: simplified Chinese by country or script, or without either, in UTF-8 or no named encoding.
static bool speaks_chinese(void) {
  static const char *const NAMES[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
  static const char *const PLACES[] = {"CN", "SG", "Hans"};
  const char *named = NULL;
  for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0] && (named == NULL || named[0] == '\0'); i++) named = getenv(NAMES[i]);
  if (named == NULL || strncasecmp(named, "zh", 2) != 0) return false;
  const char *at = named + 2;
  if (*at == '_' || *at == '-') {
    size_t place = 0;
    while (place < sizeof PLACES / sizeof PLACES[0] && strncasecmp(at + 1, PLACES[place], strlen(PLACES[place])) != 0) place++;
    if (place == sizeof PLACES / sizeof PLACES[0]) return false;
    at += 1 + strlen(PLACES[place]);
    at += strspn(at, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
  }
  if (strncasecmp(at, ".utf-8", 6) == 0) at += 6;
  else if (strncasecmp(at, ".utf8", 5) == 0) at += 5;
  return *at == '\0' || *at == '@';
}

// What C says as a value, in Chinese; anything else as it is.
static void put_value(struct line *line, const char *value, bool chinese) {
  for (const struct phrase *phrase = MESSAGE_PHRASES; chinese && phrase->english != NULL; phrase++) {
    const size_t length = strlen(phrase->english);
    const bool begins = phrase->english[length - 1] == ' ';
    if (strncmp(value, phrase->english, length) != 0 || (!begins && value[length] != '\0')) continue;
    put(line, phrase->chinese, strlen(phrase->chinese));
    put_escaped(line, value + length);
    return;
  }
  // What the system answered, where a sentence of ours has it as its value.
  for (const struct answer *answer = MESSAGE_ANSWERS; chinese && answer->words != NULL; answer++)
    if (strcmp(value, strerror(answer->error)) == 0) value = answer->words;
  put_escaped(line, value);
}

static const char *answer_of(int error, bool chinese) {
  for (const struct answer *answer = MESSAGE_ANSWERS; chinese && answer->words != NULL; answer++)
    if (answer->error == error) return answer->words;
  return strerror(error);
}

static void put_text(struct line *line, const char *text, const char *const values[2], bool chinese) {
  for (; *text != '\0'; text++) {
    if (text[0] == '{' && (text[1] == '0' || text[1] == '1') && text[2] == '}') {
      put_value(line, values[text[1] - '0'], chinese);
      text += 2;
    } else {
      put(line, text, 1);
    }
  }
}

static void print(const char *prefix, const char *key, const char *const values[2], int error, bool chinese, bool with_hint) {
  struct line line = {.length = 0};
  const struct words *words = NULL;
  put(&line, prefix, strlen(prefix));
  for (const struct text *text = MESSAGE_TEXTS; text->key != NULL; text++)
    if (strcmp(text->key, key) == 0) words = chinese ? &text->chinese : &text->english;
  if (words != NULL) put_text(&line, words->text, values, chinese);
  else put_escaped(&line, key);
  if (error != 0) {
    const char *colon = chinese ? "：" : ": ";
    const char *answer = answer_of(error, chinese);
    put(&line, colon, strlen(colon));
    put(&line, answer, strlen(answer));
  }
  put(&line, "\n", 1);
  if (words != NULL && words->hint != NULL && with_hint) {
    const char *hint = chinese ? "提示：" : "hint: ";
    put(&line, hint, strlen(hint));
    put_text(&line, words->hint, values, chinese);
    put(&line, "\n", 1);
  }
  (void)!write(STDERR_FILENO, line.bytes, line.length);
}

void message_print(const char *key, const char *first, const char *second, int error) {
  const char *const values[2] = {first == NULL ? "" : first, second == NULL ? "" : second};
  print("tsbox: ", key, values, error, speaks_chinese(), true);
}

void message_print_failure(const struct failure *failure) {
  char key[64];
  snprintf(key, sizeof key, "sandbox.%s", failure->stage);
  message_print(key, failure->detail, NULL, failure->error);
}

void message_print_line(const char *prefix, const struct failure *failure) {
  const char *const values[2] = {failure->detail, ""};
  char key[64];
  snprintf(key, sizeof key, "sandbox.%s", failure->stage);
  print(prefix, key, values, failure->error, false, false);
}
