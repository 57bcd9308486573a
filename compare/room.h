/* Memory for big arrays. */
#ifndef RECOUNT_COMPARE_ROOM_H
#define RECOUNT_COMPARE_ROOM_H

#include <stddef.h>

/** `n` zeroed elements, to be given to free; never NULL but when out of memory. Where they fill megabytes the kernel is
 * asked for huge pages: a million contexts are read at random, and each fault and each miss of a page counts. */
void *rc_room(size_t n, size_t size);

/** Asks for huge pages between two addresses of memory that is still untouched. */
void rc_room_huge(void *from, size_t size);

#endif
