#define PART(x) first_##x
#include "reload_part.h"
