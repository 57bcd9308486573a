/* Calls inside calls of the same function: added up, their times are four times what passed. */
#include "causes.h"

NI static void walk(int depth) {
    SPIN(MS / 4);
    if (depth == 0)
        return;
    walk(depth - 1);
    walk(depth - 1);
}

int main(void) {
    for (int i = 0; i < 20; i++)
        walk(5);
    puts("{\"subject\":\"walk\",\"cause\":\"recursion\",\"of\":\"time\",\"part\":0.9}");
    return 0;
}
