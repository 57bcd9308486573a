#include "compare/room.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

#define HUGE ((uintptr_t)2 << 20)

void rc_room_huge(void *from, size_t size) {
    uintptr_t begin = ((uintptr_t)from + HUGE - 1) / HUGE * HUGE, end = ((uintptr_t)from + size) / HUGE * HUGE;
    if (begin < end)
        madvise((void *)begin, end - begin, MADV_HUGEPAGE); /* where there are none, small ones do */
}

void *rc_room(size_t n, size_t size) {
    void *room = calloc(n ? n : 1, size);
    if (room)
        rc_room_huge(room, n * size);
    return room;
}
