#include "Image.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint8_t pngSignature[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
static const uint8_t jpegSignature[3] = {0xFF, 0xD8, 0xFF};

static int begins(const uint8_t *bytes, size_t count, const uint8_t *with, size_t length) {
  return count >= length && memcmp(bytes, with, length) == 0;
}

int cimage_decode(const uint8_t *bytes, size_t count, size_t limit, cimage **picture,
                  char *message, size_t length) {
  cimage *made = calloc(1, sizeof *made);
  if (!made) {
    snprintf(message, length, "no memory for a picture");
    return CIMAGE_MEMORY;
  }
  int code = CIMAGE_BAD;
  if (begins(bytes, count, pngSignature, sizeof pngSignature)) {
    code = cimage_decode_png(bytes, count, limit, made, message, length);
  } else if (begins(bytes, count, jpegSignature, sizeof jpegSignature)) {
    code = cimage_decode_jpeg(bytes, count, limit, made, message, length);
  } else {
    snprintf(message, length, "not a picture: neither a PNG nor a JPEG by its first bytes");
  }
  if (code != CIMAGE_OK) {
    cimage_free(made);
    made = NULL;
  }
  *picture = made;
  return code;
}

int cimage_allocate(cimage *picture, uint32_t width, uint32_t height, int channels, int depth,
                    size_t limit, char *message, size_t length) {
  // Extents have 31 bits at most, so that their product fits; the division guards the channels.
  if (width == 0 || height == 0 || (uint64_t)width * height > limit / (size_t)channels) {
    snprintf(message, length,
             "a picture of %u x %u pixels with %d channels: it must have from 1 to %zu samples",
             width, height, channels, limit);
    return CIMAGE_BAD;
  }
  picture->width = (int)width;
  picture->height = (int)height;
  picture->channels = channels;
  picture->depth = depth;
  picture->samples = malloc((size_t)width * height * channels * (depth / 8));
  if (picture->samples) return CIMAGE_OK;
  snprintf(message, length, "no memory for %u x %u pixels", width, height);
  return CIMAGE_MEMORY;
}

int cimage_open(const char *variable, const char *file, const char *package, int count,
                const char *const *names, void **functions, char *message, size_t length) {
  const char *chosen = getenv(variable);
  if (chosen && *chosen) file = chosen;
  void *library = dlopen(file, RTLD_NOW | RTLD_LOCAL);
  if (!library) {
    snprintf(message, length, "%s is missing: install it with apt-get install %s", file, package);
    return CIMAGE_MISSING;
  }
  for (int i = 0; i < count; i++) {
    functions[i] = dlsym(library, names[i]);
    if (!functions[i]) {
      snprintf(message, length, "%s lacks %s: install %s again", file, names[i], package);
      return CIMAGE_MISSING;
    }
  }
  return CIMAGE_OK;
}

int cimage_width(const cimage *picture) { return picture->width; }
int cimage_height(const cimage *picture) { return picture->height; }
int cimage_channels(const cimage *picture) { return picture->channels; }
int cimage_depth(const cimage *picture) { return picture->depth; }
const void *cimage_samples(const cimage *picture) { return picture->samples; }

void cimage_free(cimage *picture) {
  if (picture) free(picture->samples);
  free(picture);
}
