/* A control: four functions that compute, one after the other, each of a share of its own. Their calls are long against
 * the time for which a busy machine takes the CPU away. */
#include "causes.h"

NI static void half(void) {
    SPIN(60 * MS);
}

NI static void quarter(void) {
    SPIN(30 * MS);
}

NI static void sixth(void) {
    SPIN(20 * MS);
}

NI static void twelfth(void) {
    SPIN(10 * MS);
}

int main(void) {
    for (int i = 0; i < 12; i++) {
        half();
        quarter();
        sixth();
        twelfth();
    }
    puts("{\"agree\":[\"half\",\"quarter\",\"sixth\",\"twelfth\"]}");
    return 0;
}
