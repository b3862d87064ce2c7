#include "Image.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if __has_include(<png.h>)
#include <png.h>
#include <pthread.h>

#define FUNCTIONS(X) \
  X(png_create_read_struct) X(png_create_write_struct) X(png_create_info_struct) \
  X(png_destroy_read_struct) X(png_destroy_write_struct) X(png_set_read_fn) X(png_set_write_fn) \
  X(png_get_error_ptr) X(png_get_io_ptr) X(png_set_user_limits) X(png_read_info) \
  X(png_get_IHDR) X(png_set_expand) X(png_set_strip_alpha) X(png_set_swap) \
  X(png_set_interlace_handling) X(png_read_update_info) \
  X(png_get_rowbytes) X(png_read_row) X(png_read_end) X(png_set_IHDR) X(png_write_info) \
  X(png_write_row) X(png_write_end)
#define INDEX(f) i_##f,
enum { FUNCTIONS(INDEX) functionCount };
#define NAME(f) #f,
static const char *const names[] = {FUNCTIONS(NAME)};
static void *functions[functionCount];
#define CALL(f) ((__typeof__(&f))functions[i_##f])

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int loadCode;
static char loadMessage[256];

static void load(void) {
  char file[32];
  snprintf(file, sizeof file, "libpng%d.so.%d", PNG_LIBPNG_VER_SONUM, PNG_LIBPNG_VER_SONUM);
  loadCode = cimage_open("SPECTRALCONV_LIBPNG", file, "libpng16-16", functionCount, names,
                         functions, loadMessage, sizeof loadMessage);
}

static int loaded(char *message, size_t length) {
  pthread_once(&once, load);
  if (loadCode != CIMAGE_OK) snprintf(message, length, "%s", loadMessage);
  return loadCode;
}

// Where libpng reads from or writes to, and where it jumps when it refuses. All that must survive
// the jump lives here, outside the frame that calls setjmp.
struct stream {
  jmp_buf jump;
  const uint8_t *source;
  uint8_t *target;
  size_t count, position, room;
  png_structp png;
  png_infop info;
  int code;
  char *message;
  size_t length;
};

static void refuse(png_structp png, png_const_charp why) {
  struct stream *s = CALL(png_get_error_ptr)(png);
  if (s->code == CIMAGE_OK) {
    s->code = CIMAGE_BAD;
    snprintf(s->message, s->length, "a damaged PNG: %s", why);
  }
  longjmp(s->jump, 1);
}

static void ignore(png_structp png, png_const_charp why) {}

static void readBytes(png_structp png, png_bytep bytes, size_t count) {
  struct stream *s = CALL(png_get_io_ptr)(png);
  if (count > s->count - s->position) refuse(png, "it ends too early");
  memcpy(bytes, s->source + s->position, count);
  s->position += count;
}

static void stop(struct stream *s, int code) {
  s->code = code;
  longjmp(s->jump, 1);
}

static void readPicture(struct stream *s, cimage *picture, size_t limit) {
  png_structp png = s->png;
  CALL(png_set_read_fn)(png, s, readBytes);
  CALL(png_set_user_limits)(png, 0x7FFFFFFF, 0x7FFFFFFF);
  CALL(png_read_info)(png, s->info);
  png_uint_32 width, height;
  int depth, type, interlace;
  CALL(png_get_IHDR)(png, s->info, &width, &height, &depth, &type, &interlace, NULL, NULL);
  CALL(png_set_expand)(png);       // palettes to RGB, 1, 2 and 4 bits to 8
  CALL(png_set_strip_alpha)(png);  // as OpenCV does
  const uint16_t one = 1;
  if (depth == 16 && *(const uint8_t *)&one == 1) CALL(png_set_swap)(png);
  int passes = CALL(png_set_interlace_handling)(png);
  int channels = type & PNG_COLOR_MASK_COLOR ? 3 : 1;
  // Before libpng allocates rows of whatever width the file claims.
  int code = cimage_allocate(picture, width, height, channels, depth == 16 ? 16 : 8, limit,
                             s->message, s->length);
  if (code != CIMAGE_OK) stop(s, code);
  CALL(png_read_update_info)(png, s->info);
  size_t rowBytes = (size_t)width * channels * (picture->depth / 8);
  if (CALL(png_get_rowbytes)(png, s->info) != rowBytes) refuse(png, "rows of an unexpected size");
  // An interlaced picture's passes fill in rows that earlier passes began.
  for (int pass = 0; pass < passes; pass++) {
    for (png_uint_32 y = 0; y < height; y++) {
      CALL(png_read_row)(png, (png_bytep)picture->samples + y * rowBytes, NULL);
    }
  }
  CALL(png_read_end)(png, NULL);
}

int cimage_decode_png(const uint8_t *bytes, size_t count, size_t limit, cimage *picture,
                      char *message, size_t length) {
  int code = loaded(message, length);
  if (code != CIMAGE_OK) return code;
  struct stream s = {.source = bytes, .count = count, .message = message, .length = length};
  s.png = CALL(png_create_read_struct)(PNG_LIBPNG_VER_STRING, &s, refuse, ignore);
  s.info = s.png ? CALL(png_create_info_struct)(s.png) : NULL;
  if (s.info) {
    if (setjmp(s.jump) == 0) readPicture(&s, picture, limit);
  } else {
    s.code = CIMAGE_MEMORY;
    snprintf(message, length, "libpng could not start (it must be version %s)",
             PNG_LIBPNG_VER_STRING);
  }
  if (s.png) CALL(png_destroy_read_struct)(&s.png, &s.info, NULL);
  return s.code;
}

static void writeBytes(png_structp png, png_bytep bytes, size_t count) {
  struct stream *s = CALL(png_get_io_ptr)(png);
  if (count > s->room - s->count) {
    size_t room = s->room * 2 + count + 4096;
    uint8_t *grown = realloc(s->target, room);
    if (!grown) {
      snprintf(s->message, s->length, "no memory for a PNG of %zu bytes", room);
      stop(s, CIMAGE_MEMORY);
    }
    s->target = grown;
    s->room = room;
  }
  memcpy(s->target + s->count, bytes, count);
  s->count += count;
}

static void flush(png_structp png) {}

static void writePicture(struct stream *s, const cimage *picture) {
  png_structp png = s->png;
  CALL(png_set_write_fn)(png, s, writeBytes, flush);
  CALL(png_set_user_limits)(png, 0x7FFFFFFF, 0x7FFFFFFF);
  CALL(png_set_IHDR)(png, s->info, picture->width, picture->height, picture->depth,
                     picture->channels == 1 ? PNG_COLOR_TYPE_GRAY : PNG_COLOR_TYPE_RGB,
                     PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  CALL(png_write_info)(png, s->info);
  const uint16_t one = 1;
  if (picture->depth == 16 && *(const uint8_t *)&one == 1) CALL(png_set_swap)(png);
  size_t rowBytes = (size_t)picture->width * picture->channels * (picture->depth / 8);
  for (int y = 0; y < picture->height; y++) {
    CALL(png_write_row)(png, (png_const_bytep)picture->samples + y * rowBytes);
  }
  CALL(png_write_end)(png, NULL);
}

int cimage_encode_png(const void *samples, int width, int height, int channels, int depth,
                      uint8_t **bytes, size_t *count, char *message, size_t length) {
  int code = loaded(message, length);
  if (code != CIMAGE_OK) return code;
  cimage picture = {width, height, channels, depth, (void *)samples};
  struct stream s = {.message = message, .length = length};
  s.png = CALL(png_create_write_struct)(PNG_LIBPNG_VER_STRING, &s, refuse, ignore);
  s.info = s.png ? CALL(png_create_info_struct)(s.png) : NULL;
  if (s.info) {
    if (setjmp(s.jump) == 0) writePicture(&s, &picture);
  } else {
    s.code = CIMAGE_MEMORY;
    snprintf(message, length, "libpng could not start (it must be version %s)",
             PNG_LIBPNG_VER_STRING);
  }
  if (s.png) CALL(png_destroy_write_struct)(&s.png, &s.info);
  if (s.code != CIMAGE_OK) {
    free(s.target);
    return s.code;
  }
  *bytes = s.target;
  *count = s.count;
  return CIMAGE_OK;
}

#else  // no header when this was built

static int absent(char *message, size_t length) {
  snprintf(message, length,
           "built without PNG: apt-get install libpng-dev, then build again");
  return CIMAGE_MISSING;
}

int cimage_decode_png(const uint8_t *bytes, size_t count, size_t limit, cimage *picture,
                      char *message, size_t length) {
  return absent(message, length);
}

int cimage_encode_png(const void *samples, int width, int height, int channels, int depth,
                      uint8_t **bytes, size_t *count, char *message, size_t length) {
  return absent(message, length);
}

#endif
