#define PART(x) other_##x
#include "reload_part.h"
