#include "tests/unit/turns/model.h"

#include "tests/unit/turns/schedule.h"

#include "instrument/arch.h"
#include "instrument/calls.h"
#include "instrument/links.h"
#include "instrument/turn.h"

enum { THREADS = SCHEDULE_THREADS, FUNCTIONS = 3, DEPTH = 8, RECORDS = MODEL_FRAMES + 1 };

/* ---- points where a thread may be left: before and after each atomic operation of what is included below ---- */

static const void *before_point(const void *word);
static const void *scanned[THREADS];

#define AROUND(word, operation)                                                                                        \
    __extension__({                                                                                                    \
        const void *at_ = before_point(word);                                                                          \
        __auto_type value_ = (operation);                                                                              \
        schedule_point(at_);                                                                                           \
        value_;                                                                                                        \
    })
#define WRITES(word, operation)                                                                                        \
    __extension__({                                                                                                    \
        const void *at_ = before_point(word);                                                                          \
        schedule_written(at_);                                                                                         \
        __auto_type value_ = (operation);                                                                              \
        schedule_point(at_);                                                                                           \
        value_;                                                                                                        \
    })

static uint64_t ticks;
static uint64_t model_ticks(void) {
    return ticks += 4;
}

#define rt_ticks model_ticks
#undef atomic_load
#undef atomic_compare_exchange_strong
#define atomic_load(word) AROUND(word, atomic_load_explicit(word, memory_order_seq_cst))
#define atomic_compare_exchange_strong(word, before, after)                                                            \
    WRITES(word,                                                                                                       \
           atomic_compare_exchange_strong_explicit(word, before, after, memory_order_seq_cst, memory_order_seq_cst))
#define __atomic_load_n(word, order) AROUND(word, __atomic_load_n(word, order))
#define __atomic_store_n(word, value, order) (void)WRITES(word, (__atomic_store_n(word, value, order), 0))
#define __atomic_exchange_n(word, value, order) WRITES(word, __atomic_exchange_n(word, value, order))
#define __atomic_compare_exchange_n(word, before, after, weak, won, lost)                                              \
    WRITES(word, __atomic_compare_exchange_n(word, before, after, weak, won, lost))
#define rt_swap_two(words, before, after) WRITES((const uint64_t *)(words) + 1, rt_swap_two(words, before, after))

/* Each may be broken: below stands what the runtime's other files call. */
static uint64_t take_whole(struct rf_call *call, uint64_t now);
static bool leave_whole(struct rf_call *call, const struct rf_frame *frame, uint64_t now, struct rf_await *await);
static void moved_whole(struct rf_call *call, const struct rf_frame *frame, uint64_t before);
static void gone_whole(struct rt_thread *self, struct rf_call *call);

#define rt_turn_take take_whole
#define rt_turn_leave leave_whole
#define rt_turn_moved moved_whole
#include "instrument/turn.c" // NOLINT(bugprone-suspicious-include)
#undef rt_turn_take
#undef rt_turn_leave
#undef rt_turn_moved
#define rt_call_gone gone_whole
#include "instrument/frame_calls.c" // NOLINT(bugprone-suspicious-include)
#undef rt_call_gone
#include "instrument/calls.c" // NOLINT(bugprone-suspicious-include)

enum model_defect model_defect;
static struct rf_process process;

static const void *before_point(const void *word) {
    const char *at = word;
    bool is_note = at >= (const char *)notes && at < (const char *)(notes + sizeof notes / sizeof *notes);
    const void **last = &scanned[schedule_self()];
    bool goes_on =
        is_note && at == (const char *)*last + sizeof *notes; /* notes are looked for from their own place on */
    *last = is_note ? word : NULL;
    if (!goes_on)
        schedule_point(is_note ? notes : word);
    return goes_on ? NULL : is_note ? (const void *)notes : word;
}

/* ---- defects ---- */

static uint64_t take_badly(struct rf_call *call, uint64_t now) {
    uint64_t word = __atomic_load_n(&call->suspended, __ATOMIC_SEQ_CST);
    uint64_t note = word & RF_CALL_RUNS ? note_of(call->id, word) : 0;
    if (note && model_defect == MODEL_TAKE_ANYWAY && !replace(note, 0, note))
        process.lost_events++;
    uint64_t taken = __atomic_exchange_n(&call->suspended, runs_since(now), __ATOMIC_SEQ_CST);
    if (model_defect == MODEL_NOTE_LATE && taken & RF_CALL_RUNS)
        replace(note_of(call->id, taken), 0, note_of(call->id, taken));
    if (model_defect == MODEL_TAKE_ANYWAY && note && taken != word)
        replace(note, note, 0);
    return taken & RF_CALL_RUNS ? 0 : taken;
}

/* As it should be, but for the note of a turn that was left between the look and the exchange. */
static uint64_t take_untidily(struct rf_call *call, uint64_t now) {
    uint64_t word = __atomic_load_n(&call->suspended, __ATOMIC_SEQ_CST);
    if (word & RF_CALL_RUNS)
        replace(note_of(call->id, word), 0, note_of(call->id, word));
    uint64_t taken = __atomic_exchange_n(&call->suspended, runs_since(now), __ATOMIC_SEQ_CST);
    return taken & RF_CALL_RUNS ? 0 : taken;
}

uint64_t rt_turn_take(struct rf_call *call, uint64_t now) {
    if (model_defect == MODEL_NOTE_LATE || model_defect == MODEL_TAKE_ANYWAY)
        return take_badly(call, now);
    return model_defect == MODEL_NOTE_LEFT ? take_untidily(call, now) : take_whole(call, now);
}

bool rt_turn_leave(struct rf_call *call, const struct rf_frame *frame, uint64_t now, struct rf_await *await) {
    if (model_defect == MODEL_PLACE_BEFORE) {
        uint64_t mine = runs_since(frame->t0);
        if (rt_turn_is(call, frame))
            call->await = await;
        return __atomic_compare_exchange_n(&call->suspended, &mine, rt_turn_waiting(now), false, __ATOMIC_SEQ_CST,
                                           __ATOMIC_SEQ_CST);
    }
    if (model_defect == MODEL_LEAVE_ANYWAY) {
        call->await = await;
        __atomic_store_n(&call->suspended, rt_turn_waiting(now), __ATOMIC_SEQ_CST);
        return true;
    }
    return leave_whole(call, frame, now, await);
}

void rt_turn_moved(struct rf_call *call, const struct rf_frame *frame, uint64_t before) {
    uint64_t was = runs_since(before);
    if (model_defect == MODEL_NOTE_STAYS)
        __atomic_compare_exchange_n(&call->suspended, &was, runs_since(frame->t0), false, __ATOMIC_SEQ_CST,
                                    __ATOMIC_SEQ_CST);
    else
        moved_whole(call, frame, before);
}

void rt_call_gone(struct rt_thread *self, struct rf_call *call) {
    if (model_defect != MODEL_NOT_GONE)
        gone_whole(self, call);
}

/* ---- what stands around ---- */

struct rt rt;
struct rf_node rt_nil;
static struct rf_node marker;
static _Alignas(16) char arena[sizeof(struct rf_chunk) + RECORDS * sizeof(struct rf_call)];
static uint32_t n_records;
static struct {
    struct rt_thread self;
    struct rf_stack stack;
    struct rf_frame frames[DEPTH];
    struct rf_node nodes[FUNCTIONS], callees[FUNCTIONS][MODEL_SITES];
    struct rf_extra extras[FUNCTIONS];
    struct rf_await awaits[FUNCTIONS][MODEL_SITES];
} books[THREADS];
/* Frames in memory: their first word is the resuming clone's address. */
static _Alignas(16) uint64_t heap[MODEL_FRAMES][2];

static int of(const struct rt_thread *self) {
    return (int)self->shared.ordinal;
}

static uint64_t address_of(int fn) {
    return 0x1000 * ((uint64_t)fn + 1);
}

static int function_of(const struct rf_node *node) {
    return (int)(node->fn / 0x1000) - 1;
}

void *rt_pages(size_t bytes) {
    static _Alignas(16) char pages[sizeof(void *) << BUCKET_BITS];
    return bytes <= sizeof pages ? pages : NULL;
}

void *rt_pool_take(struct rt_pool *pool) {
    (void)pool;
    return n_records < RECORDS ? arena + sizeof(struct rf_chunk) + n_records++ * sizeof(struct rf_call) : NULL;
}

bool rt_read_safely(uint64_t address, uint64_t *to, int n) {
    for (int i = 0; i < n; i++)
        to[i] = AROUND((const uint64_t *)address + i, ((const uint64_t *)address)[i]);
    return true;
}

struct rf_node *rt_node_mirror(struct rt_thread *self, struct rf_node *node) {
    return &books[of(self)].nodes[function_of(node)];
}

struct rf_node *rt_node_get(struct rt_thread *self, struct rf_node *parent, uint64_t fn, uint64_t cs, uint16_t flags) {
    (void)parent, (void)cs, (void)flags;
    return &books[of(self)].nodes[fn / 0x1000 - 1];
}

struct rf_await *rt_await_get(struct rt_thread *self, struct rf_node *node, uint64_t site) {
    return &books[of(self)].awaits[function_of(node)][site];
}

struct rf_extra *rt_extra_get(struct rt_thread *self, struct rf_node *node) {
    return &books[of(self)].extras[function_of(node)];
}

void rt_made_ran(uint64_t code) {
    (void)code;
}

void rt_stall_slice(struct rt_thread *self, const struct rf_frame *frame, uint64_t length, uint64_t off_ns,
                    struct rf_await *await) {
    (void)self, (void)frame, (void)length, (void)off_ns, (void)await;
}

void rt_stall_late(struct rt_thread *self, const struct rf_call *call, struct rf_node *node, uint64_t ready,
                   uint64_t length) {
    (void)self, (void)call, (void)node, (void)ready, (void)length;
}

void rt_link_ended(const struct rf_call *call, uint64_t now) {
    (void)call, (void)now;
}

void rt_protothread_left(struct rt_thread *self, struct rf_call *call, struct rf_node *logical) {
    (void)self, (void)logical;
    call->state = RF_CALL_ENDED;
}

/* ---- what really happens ---- */

static struct {
    struct {
        bool alive, made;
        int fn, site;
        uint64_t since;
    } body[MODEL_FRAMES];
    uint64_t resumed[FUNCTIONS][MODEL_SITES], ends, begun, slices, waited_most;
} truth;
static const char *seen;
static bool full;

static struct rt_thread *me(void) {
    return &books[schedule_self()].self;
}

static uint64_t key_of(int at) {
    return (uint64_t)heap[at];
}

static void reset_books(int t) {
    memset(&books[t], 0, sizeof books[t]);
    books[t].stack.frames = books[t].self.shared.top = books[t].frames;
    books[t].frames[0].node = &rt_nil;
    books[t].self.shared.stack = &books[t].stack;
    books[t].self.shared.signal_root = &marker;
    books[t].self.shared.ordinal = (uint32_t)t;
    for (int f = 0; f < FUNCTIONS; f++) {
        books[t].nodes[f].fn = address_of(f);
        for (int s = 0; s < MODEL_SITES; s++) {
            books[t].callees[f][s] = (struct rf_node){.parent = &books[t].nodes[f], .cs = (uint64_t)s};
            books[t].awaits[f][s] = (struct rf_await){.node = &books[t].nodes[f], .site = (uint64_t)s};
        }
    }
}

void model_reset(void) {
    rt.base = arena;
    rt.process = &process;
    process = (struct rf_process){0};
    if (!buckets)
        rt_calls_reset();
    for (uint32_t i = 0; i < n_records; i++) {
        struct rf_call *call = (struct rf_call *)(arena + sizeof(struct rf_chunk)) + i;
        *call = (struct rf_call){.key = call->key, .next = call->next};
    }
    for (int t = 0; t < THREADS; t++)
        reset_books(t);
    memset(notes, 0, sizeof notes);
    memset(scanned, 0, sizeof scanned);
    memset(heap, 0, sizeof heap);
    memset(&truth, 0, sizeof truth);
    ticks = 1000;
    seen = NULL;
    full = false;
}

void model_fill_notes(void) {
    memset(notes, 0xff, sizeof notes);
    full = true;
}

void model_fork(void) {
    rt_turns_forked();
    full = false;
}

static void push(struct rf_node *node) {
    struct rt_thread *self = me();
    *++self->shared.top = (struct rf_frame){.node = node, .call = 1};
}

void model_made(int at, int fn) {
    struct rt_made made = {key_of(at), &books[schedule_self()].nodes[fn], 0, rt_ticks(), rt_ticks()};
    rt_call_made(me(), &made);
    heap[at][0] = address_of(fn);
    truth.body[at].made = true;
    truth.body[at].site = 0;
    truth.body[at].since = made.left;
}

void model_enter(int at, int fn) {
    struct rt_thread *self = me();
    uint64_t entered = rt_ticks();
    bool resumed = truth.body[at].alive || truth.body[at].made;
    if (resumed) {
        truth.resumed[fn][truth.body[at].site]++;
        truth.waited_most += entered - truth.body[at].since;
    }
    truth.begun += !truth.body[at].alive;
    truth.slices++;
    truth.body[at].alive = true;
    truth.body[at].made = false;
    truth.body[at].fn = fn;
    heap[at][0] = address_of(fn);
    /* as rt_coroutine_enter */
    struct rf_call *call = rt_call_find(key_of(at));
    push(&books[schedule_self()].nodes[fn]);
    if (rt_frame_is_alive(call, address_of(fn)))
        rt_frame_resume(self, call, entered);
    else if (call && call->state == RF_CALL_MADE)
        rt_call_start(self, call, address_of(fn), entered);
    else
        rt_call_begin(self, key_of(at), self->shared.top->node, RF_CALL_FRAME | RF_CALL_BEGIN_UNSEEN)->resume_fn =
            address_of(fn);
}

void model_suspend(int at, int site) {
    push(&books[schedule_self()].callees[truth.body[at].fn][site]);
    truth.body[at].site = site;
    truth.body[at].since = rt_ticks();
}

void model_finish(int at) {
    truth.ends++;
    truth.body[at].alive = truth.body[at].made = false;
    heap[at][0] = 0;
}

void model_destroy(int at, int fn) {
    struct rf_call *call = rt_call_find(key_of(at));
    truth.waited_most += rt_ticks() - truth.body[at].since;
    truth.begun += truth.body[at].made;
    rt_call_destroyed(me(), call, address_of(fn));
    model_finish(at);
}

void model_leave(void) {
    struct rt_thread *self = me();
    while (!(self->shared.top->call & RF_CALL_ASYNC))
        self->shared.top--;
    struct rf_frame *frame = self->shared.top--;
    rt_call_slice_end(self, frame, rt_ticks());
}

void model_carried(void) {
    struct rf_frame *frame = me()->shared.top;
    while (!(frame->call & RF_CALL_ASYNC))
        frame--;
    uint64_t before = frame->t0;
    frame->t0 += 4000;
    ticks += 4000;
    rt_call_slice_moved(frame, before);
}

void model_other_object(int at) {
    struct rt_thread *self = me();
    push(&books[schedule_self()].nodes[FUNCTIONS - 1]);
    truth.begun++;
    truth.slices++;
    rt_call_begin(self, key_of(at), self->shared.top->node, RF_CALL_STATE);
}

/* ---- what a reader makes of the books ---- */

static const struct rf_call *suspended_at(int at) {
    for (uint32_t i = 0; i < n_records; i++) {
        const struct rf_call *call = (const struct rf_call *)(arena + sizeof(struct rf_chunk)) + i;
        if (call->key == key_of(at) && call->flags & RF_CALL_FRAME && call->state == RF_CALL_RUNNING &&
            call->suspended && !(call->suspended & RF_CALL_RUNS))
            return call;
    }
    return NULL;
}

static int64_t counted(int fn, int site) {
    uint64_t sum = 0;
    for (int t = 0; t < THREADS; t++)
        sum += books[t].awaits[fn][site].count;
    for (int at = 0; at < MODEL_FRAMES; at++) {
        const struct rf_call *call = suspended_at(at);
        sum -= call && call->await && function_of(call->await->node) == fn && call->await->site == (uint64_t)site;
    }
    return (int64_t)sum;
}

/* Each thread may be between two words of its books. */
void model_look(void) {
    for (int f = 0; f < FUNCTIONS; f++)
        for (int s = 0; s < MODEL_SITES; s++) {
            int64_t told = counted(f, s), is = (int64_t)truth.resumed[f][s];
            told = told < 0 ? 0 : told;
            if (told > is + THREADS || told < is - THREADS)
                seen = "a killed process's suspensions are far off";
        }
    for (int at = 0; at < MODEL_FRAMES; at++) {
        const struct rf_call *call = suspended_at(at);
        if (call && truth.body[at].alive && (!call->await || call->await->site != (uint64_t)truth.body[at].site))
            seen = "it is suspended, and the books have another place";
    }
}

uint64_t model_lost(void) {
    return process.lost_events;
}

uint64_t model_awaited(void) {
    uint64_t sum = 0;
    for (int t = 0; t < THREADS; t++)
        for (int f = 0; f < FUNCTIONS; f++)
            sum += books[t].extras[f].awaiting_ticks;
    return sum;
}

const char *model_check(void) {
    uint64_t ends = 0, slices = 0, missing = 0;
    for (int f = 0; f < FUNCTIONS; f++)
        for (int s = 0; s < MODEL_SITES; s++) {
            int64_t short_of = (int64_t)truth.resumed[f][s] - counted(f, s);
            if (short_of < 0)
                return "a suspension that was resumed is counted twice";
            missing += (uint64_t)short_of;
        }
    for (int t = 0; t < THREADS; t++)
        for (int f = 0; f < FUNCTIONS; f++) {
            ends += books[t].extras[f].ends;
            slices += books[t].nodes[f].long_count;
        }
    if (missing != process.lost_events)
        return "a suspension that was resumed is not counted, nor told to be lost";
    if (ends != truth.ends)
        return ends < truth.ends ? "an end is not counted" : "an end is counted twice";
    if (process.async_calls != truth.begun)
        return "not as many calls as there were";
    if (slices != truth.slices)
        return "not as many slices as there were";
    if (model_awaited() > truth.waited_most)
        return "more waiting than there was";
    if (process.lost_events && !full)
        return "there was room, and something is lost";
    for (size_t i = 0; i < sizeof notes / sizeof *notes; i++)
        if (notes[i] && !full)
            return "a note stays";
    return seen;
}
