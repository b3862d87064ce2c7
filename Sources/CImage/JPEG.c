#include "Image.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

#if __has_include(<jpeglib.h>)
#include <jpeglib.h>
#include <jerror.h>
#include <pthread.h>

#define FUNCTIONS(X) \
  X(jpeg_std_error) X(jpeg_CreateDecompress) X(jpeg_mem_src) X(jpeg_read_header) \
  X(jpeg_start_decompress) X(jpeg_read_scanlines) X(jpeg_finish_decompress) \
  X(jpeg_destroy_decompress)
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
  // The ABI that the header describes: libjpeg.so.62 on Debian, .8 where it is built as version 8.
  char file[32];
  snprintf(file, sizeof file, "libjpeg.so.%d",
           JPEG_LIB_VERSION >= 80 ? JPEG_LIB_VERSION / 10 : JPEG_LIB_VERSION);
  loadCode = cimage_open("SPECTRALCONV_LIBJPEG", file, "libjpeg62-turbo", functionCount, names,
                         functions, loadMessage, sizeof loadMessage);
}

// What must survive the jump out of libjpeg, whose error manager comes first so that libjpeg's
// pointer to it is a pointer to this.
struct decoder {
  struct jpeg_error_mgr errors;
  struct jpeg_decompress_struct jpeg;
  jmp_buf jump;
  int code;
  char *message;
  size_t length;
};

static void refuse(j_common_ptr jpeg) {
  struct decoder *d = (struct decoder *)jpeg->err;
  char why[JMSG_LENGTH_MAX];
  d->errors.format_message(jpeg, why);
  d->code = CIMAGE_BAD;
  snprintf(d->message, d->length, "a damaged JPEG: %s", why);
  longjmp(d->jump, 1);
}

// libjpeg fills what is lost with grey and goes on. A picture that is not whole is refused; only
// oddities that leave every pixel known pass.
static void warn(j_common_ptr jpeg, int level) {
  if (level >= 0) return;
  switch (jpeg->err->msg_code) {
    case JWRN_ADOBE_XFORM:
    case JWRN_EXTRANEOUS_DATA:
    case JWRN_JFIF_MAJOR:
    case JWRN_TOO_MUCH_DATA: return;
    default: refuse(jpeg);
  }
}

static void readPicture(struct decoder *d, const uint8_t *bytes, size_t count, size_t limit,
                        cimage *picture) {
  struct jpeg_decompress_struct *jpeg = &d->jpeg;
  CALL(jpeg_CreateDecompress)(jpeg, JPEG_LIB_VERSION, sizeof *jpeg);
  CALL(jpeg_mem_src)(jpeg, (unsigned char *)bytes, count);
  CALL(jpeg_read_header)(jpeg, TRUE);
  if (jpeg->num_components != 1 && jpeg->num_components != 3) {
    d->code = CIMAGE_BAD;
    snprintf(d->message, d->length,
             "a JPEG of %d components (CMYK?): it must be grey or RGB, so convert it first",
             jpeg->num_components);
    longjmp(d->jump, 1);
  }
  jpeg->out_color_space = jpeg->num_components == 1 ? JCS_GRAYSCALE : JCS_RGB;
  d->code = cimage_allocate(picture, jpeg->image_width, jpeg->image_height, jpeg->num_components,
                            8, limit, d->message, d->length);
  if (d->code != CIMAGE_OK) longjmp(d->jump, 1);
  CALL(jpeg_start_decompress)(jpeg);
  size_t rowBytes = (size_t)picture->width * picture->channels;
  while (jpeg->output_scanline < jpeg->output_height) {
    JSAMPROW row = (JSAMPROW)picture->samples + jpeg->output_scanline * rowBytes;
    CALL(jpeg_read_scanlines)(jpeg, &row, 1);
  }
  CALL(jpeg_finish_decompress)(jpeg);
}

int cimage_decode_jpeg(const uint8_t *bytes, size_t count, size_t limit, cimage *picture,
                       char *message, size_t length) {
  pthread_once(&once, load);
  if (loadCode != CIMAGE_OK) {
    snprintf(message, length, "%s", loadMessage);
    return loadCode;
  }
  struct decoder *d = calloc(1, sizeof *d);
  if (!d) {
    snprintf(message, length, "no memory for a JPEG");
    return CIMAGE_MEMORY;
  }
  d->message = message;
  d->length = length;
  d->jpeg.err = CALL(jpeg_std_error)(&d->errors);
  d->errors.error_exit = refuse;
  d->errors.emit_message = warn;
  if (setjmp(d->jump) == 0) readPicture(d, bytes, count, limit, picture);
  int code = d->code;
  CALL(jpeg_destroy_decompress)(&d->jpeg);
  free(d);
  return code;
}

#else  // no header when this was built

int cimage_decode_jpeg(const uint8_t *bytes, size_t count, size_t limit, cimage *picture,
                       char *message, size_t length) {
  snprintf(message, length,
           "built without JPEG: apt-get install libjpeg62-turbo-dev, then build again");
  return CIMAGE_MISSING;
}

#endif
