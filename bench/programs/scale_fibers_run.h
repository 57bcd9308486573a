/* The fiber programs' rounds, for a `struct fiber` that is complete by now. Included last. */
UNSEEN void scale_start(struct share *share) {
    struct fiber *fibers = calloc((size_t)share->tasks, sizeof *fibers);
    char *stacks = fiber_stacks(share->tasks);
    share->own = fibers;
    for (long i = 0; i < share->tasks; i++) {
        fiber_make(&fibers[i], stacks + i * STACK_BYTES, share);
        fiber_enter(&fibers[i]);
    }
}

UNSEEN void scale_round(struct share *share) {
    struct fiber *fibers = share->own;
    for (long i = 0; i < share->tasks; i++)
        fiber_enter(&fibers[i]);
}

UNSEEN void scale_end(struct share *share) {
    scale_round(share);
    free(share->own);
}

int main(int argc, char **argv) {
    return scale_main(argc, argv);
}
