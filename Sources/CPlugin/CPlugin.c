#include "spectralconv_plugin.h"
