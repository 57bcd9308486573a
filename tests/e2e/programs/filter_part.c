/* A library, or a plugin, that calls a function of its own: NAME_work and `same`. */
#define ALONE __attribute__((noinline))

ALONE static int same(int value) {
    return value + 1;
}

int WORK(int value);
ALONE int WORK(int value) {
    return same(value) ^ 3;
}
