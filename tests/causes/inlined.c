/* One call of `hot` goes through a pointer and is hooked; the other is inlined, and so is not where hooks are for what
 * is left after inlining. */
#include "causes.h"

static inline void hot(long n) {
    SPIN(n);
}

static void (*volatile pointer)(long) = hot;

NI static void far(void) {
    pointer(MS);
}

NI static void near(void) {
    hot(3 * MS);
}

int main(void) {
    for (int i = 0; i < 150; i++) {
        far();
        near();
    }
    puts("{\"subject\":\"hot\",\"cause\":\"inlined\",\"of\":\"share\",\"part\":0.8,\"disagree\":1,\"also\":{\"near\":"
         "\"inlined\"}}");
    return 0;
}
