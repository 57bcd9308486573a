/* Half of the CPU time is the kernel's, where an ordinary user's sampler may not look. as: user */
#include <fcntl.h>
#include <unistd.h>

#include "causes.h"

static char room[1 << 16];
static int source;

NI static void reads(void) {
    if (read(source, room, sizeof room) != sizeof room)
        _exit(1);
}

NI static void works(void) {
    SPIN(MS / 2);
}

int main(void) {
    source = open("/dev/urandom", O_RDONLY);
    for (int i = 0; i < 1500; i++) {
        for (int turn = 0; turn < 4; turn++)
            reads();
        works();
    }
    puts("{\"subject\":\"reads\",\"cause\":\"unsampled\",\"of\":\"share\",\"part\":0.6,\"disagree\":1,"
         "\"also\":{\"works\":\"unsampled\"}}");
    return 0;
}
