/* A library with an event_add of its own. */
#include <stdarg.h>

double event_add(double first, int count, ...);

double event_add(double first, int count, ...) {
    va_list list;
    va_start(list, count);
    for (int i = 0; i < count; i++)
        first += va_arg(list, double) * va_arg(list, int);
    va_end(list);
    return first;
}

double own_sum(void);

double own_sum(void) {
    return event_add(0.5, 6, 1.0, 2, 2.0, 3, 3.0, 4, 4.0, 5, 5.0, 6, 6.0, 7);
}
