/* Each call of `leaves` ends by a jump that passes nobody: the tracer takes it for open until the next event, while
 * `goes_on` works. */
#include "causes.h"

static void *place[5];

NI static void leaves(void) {
    SPIN(MS);
    __builtin_longjmp(place, 1);
}

NI static void goes_on(void) {
    for (volatile int i = 0; i < 100; i++) {
        if (__builtin_setjmp(place) == 0)
            leaves();
        SPIN(3 * MS);
    }
}

int main(void) {
    goes_on();
    puts("{\"subject\":\"leaves\",\"cause\":\"lost_exits\",\"of\":\"share\",\"part\":0.8,\"disagree\":1,"
         "\"also\":{\"goes_on\":\"lost_exits\"}}");
    return 0;
}
