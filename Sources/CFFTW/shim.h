#pragma once
#include <fftw3.h>
/* fftw_version is an array of unknown length, which Swift does not import. */
static inline const char *cfftwf_version(void) { return fftwf_version; }
static inline const char *cfftw_version(void) { return fftw_version; }
