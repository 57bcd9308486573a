/* The rest of recount's own pt.h and pt-sem.h: semaphores, restarts, exits, yields that wait, threads in threads. */
#include <pt-sem.h>

#include "truth.h"

#define NI __attribute__((noinline))
#define ITEMS 60

struct shop {
    struct pt pt, customer, clerk;
    struct pt_sem goods;
    int sold, pauses;
};

static struct shop shop;
static int in_customer, begun_customer, vain_customer, in_clerk, begun_clerk, in_open, begun_open;

/* Takes two and begins anew, and exits when all are sold. */
NI static PT_THREAD(customer(struct shop *self)) {
    in_customer++;
    PT_BEGIN(&self->customer);
    begun_customer++;
    PT_SEM_WAIT(&self->customer, &self->goods);
    self->sold++;
    PT_SEM_WAIT(&self->customer, &self->goods);
    self->sold++;
    if (self->sold >= ITEMS)
        PT_EXIT(&self->customer);
    PT_RESTART(&self->customer);
    PT_END(&self->customer);
}

/* Brings one each third time. */
NI static PT_THREAD(clerk(struct shop *self)) {
    in_clerk++;
    PT_BEGIN(&self->clerk);
    begun_clerk++;
    for (;;) {
        self->pauses = 0;
        PT_YIELD_UNTIL(&self->clerk, ++self->pauses == 3);
        PT_SEM_SIGNAL(&self->clerk, &self->goods);
    }
    PT_END(&self->clerk);
}

NI static int serve(struct shop *self) {
    vain_customer += self->customer.lc && !PT_SEM_COUNT(&self->goods);
    return customer(self);
}

NI static PT_THREAD(open_shop(struct shop *self)) {
    in_open++;
    PT_BEGIN(&self->pt);
    begun_open++;
    PT_INIT(&self->customer);
    PT_INIT(&self->clerk);
    PT_SEM_INIT(&self->goods, 0);
    PT_WAIT_THREAD(&self->pt, (clerk(self), serve(self)));
    PT_END(&self->pt);
}

int main(void) {
    PT_INIT(&shop.pt);
    while (PT_SCHEDULE(open_shop(&shop)))
        ;
    /* The clerk leaves once for each item without having moved before, and twice more. */
    printf(
        "{\"functions\":{"
        "\"customer\":{\"entries\":%d,\"calls\":%d,\"resumes\":%d,\"idle_resumes\":%d,\"callers\":{\"serve\":%d}},"
        "\"clerk\":{\"entries\":%d,\"calls\":%d,\"resumes\":%d,\"idle_resumes\":%d,\"callers\":{\"open_shop\":%d}},"
        "\"open_shop\":{\"entries\":%d,\"calls\":%d,\"resumes\":%d,\"idle_resumes\":%d,\"callers\":{\"main\":%d}}}}\n",
        in_customer, begun_customer, in_customer - begun_customer, vain_customer, begun_customer, in_clerk, begun_clerk,
        in_clerk - begun_clerk, 2 * (in_clerk - 1) / 3, begun_clerk, in_open, begun_open, in_open - begun_open,
        in_open - 2, begun_open);
    return 0;
}
