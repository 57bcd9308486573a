/* The library of filter.c. */
void sleep_part(void (*leaf)(void));
__attribute__((noinline)) void sleep_part(void (*leaf)(void)) {
    leaf();
}
