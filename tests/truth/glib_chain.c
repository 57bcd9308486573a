/* GLib's main loop: timeouts that add their own successor, an idle source, a watched pipe, a source of the program's
 * own with a callback, calls handed to the loop by another thread, and sources looked up by their user data. */
// pkg-config: glib-2.0
#include <glib.h>
#include <unistd.h>

#include "truth.h"

#define NI __attribute__((noinline))
#define STEPS 30
#define REPEATS 8
#define IDLES 20
#define BYTES 5
#define INVOKED 6

static GMainLoop *loop;
static int looked, steps, repeats, idles, bytes, invoked, works, custom, gone, wrong, open_sources;
static int ends[2];
static double armed, waited;

NI static void work(void) {
    works++;
    truth_burn(0.1);
}

UNSEEN static void source_ended(gpointer data) {
    wrong += data != &open_sources;
    if (--open_sources == 0)
        g_main_loop_quit(loop);
}

NI static gboolean on_step(gpointer data);

NI static void arm(void) {
    armed = truth_ms();
    open_sources++;
    g_timeout_add_full(G_PRIORITY_DEFAULT, 3, on_step, &open_sources, source_ended);
}

NI static gboolean on_step(gpointer data) {
    waited += truth_ms() - armed;
    wrong += data != &open_sources;
    work();
    if (++steps < STEPS)
        arm();
    return G_SOURCE_REMOVE;
}

NI static gboolean on_repeat(gpointer data) {
    wrong += data != &repeats;
    work();
    return ++repeats < REPEATS;
}

NI static gboolean on_idle(gpointer data) {
    wrong += data != &idles;
    return ++idles < IDLES;
}

NI static gboolean on_byte(GIOChannel *channel, GIOCondition condition, gpointer data) {
    char byte;
    wrong += data != &bytes || !(condition & G_IO_IN);
    if (read(g_io_channel_unix_get_fd(channel), &byte, 1) == 1)
        work();
    return ++bytes < BYTES;
}

NI static gboolean on_custom(gpointer data) {
    wrong += data != &custom;
    custom++;
    return G_SOURCE_REMOVE;
}

/* A source type of the program's own: its dispatching function looks at the user data itself. */
NI static gboolean on_looked(gpointer data) {
    wrong += data != &looked;
    return G_SOURCE_REMOVE;
}

UNSEEN static gboolean look_prepare(GSource *source, gint *timeout) {
    (void)source;
    *timeout = 0;
    return TRUE;
}

UNSEEN static gboolean look_dispatch(GSource *source, GSourceFunc callback, gpointer data) {
    (void)source;
    ++*(int *)data;
    return callback(data);
}

static GSourceFuncs look_functions = {.prepare = look_prepare, .dispatch = look_dispatch};

NI static gboolean on_invoked(gpointer data) {
    wrong += data != &invoked;
    invoked++;
    work();
    return G_SOURCE_REMOVE;
}

NI static gboolean never(gpointer data) {
    (void)data;
    wrong++;
    return G_SOURCE_REMOVE;
}

NI static void hand_over(void) {
    for (int i = 0; i < INVOKED; i++)
        g_main_context_invoke(NULL, on_invoked, &invoked);
}

UNSEEN static gpointer other_thread(gpointer unused) {
    hand_over();
    return unused;
}

NI static void begin_others(void) {
    g_timeout_add(2, on_repeat, &repeats);
    g_idle_add(on_idle, &idles);
    if (pipe(ends) || write(ends[1], "abcde", BYTES) != BYTES)
        wrong++;
    GIOChannel *channel = g_io_channel_unix_new(ends[0]);
    g_io_add_watch(channel, G_IO_IN, on_byte, &bytes);
    g_io_channel_unref(channel);
    GSource *source = g_idle_source_new();
    g_source_set_callback(source, on_custom, &custom, NULL);
    g_source_attach(source, NULL);
    g_source_unref(source);
    source = g_source_new(&look_functions, sizeof(GSource));
    g_source_set_callback(source, on_looked, &looked, NULL);
    g_source_attach(source, NULL);
    g_source_unref(source);
}

UNSEEN static void look_up(void) {
    g_timeout_add(1, never, &gone);
    g_idle_add(never, &gone);
    wrong += g_main_context_find_source_by_user_data(NULL, &gone) == NULL;
    wrong += !g_idle_remove_by_data(&gone);
    wrong += !g_source_remove_by_user_data(&gone);
    wrong += g_source_remove_by_user_data(&gone);
}

int main(void) {
    loop = g_main_loop_new(NULL, FALSE);
    arm();
    begin_others();
    look_up();
    g_main_context_acquire(NULL);
    GThread *thread = g_thread_new("other", other_thread, NULL);
    g_thread_join(thread);
    g_main_context_release(NULL);
    g_main_loop_run(loop);
    g_main_loop_unref(loop);
    printf("{\"functions\":{"
           "\"on_step\":{\"entries\":%d,\"calls\":%d,\"recursive\":0,\"callers\":{\"arm\":%d}},"
           "\"arm\":{\"entries\":%d,\"callers\":{\"main\":1,\"on_step\":%d}},"
           "\"on_repeat\":{\"entries\":%d,\"calls\":%d,\"callers\":{\"begin_others\":%d}},"
           "\"on_idle\":{\"entries\":%d,\"calls\":%d,\"callers\":{\"begin_others\":%d}},"
           "\"on_byte\":{\"entries\":%d,\"calls\":%d,\"callers\":{\"begin_others\":%d}},"
           "\"on_custom\":{\"entries\":1,\"calls\":1,\"callers\":{\"begin_others\":1}},"
           "\"on_looked\":{\"entries\":%d,\"calls\":%d},"
           "\"on_invoked\":{\"entries\":%d,\"calls\":%d,\"callers\":{\"hand_over\":%d}},"
           "\"work\":{\"entries\":%d,\"calls\":%d,\"callers\":{\"on_step\":%d,\"on_repeat\":%d,\"on_byte\":%d,"
           "\"on_invoked\":%d}}},"
           "\"awaiting_queued_ms\":{\"arm\":%.3f}}\n",
           steps, steps, steps, steps, steps - 1, repeats, repeats, repeats, idles, idles, idles, bytes, bytes, bytes,
           looked, looked, invoked, invoked, invoked, works, works, steps, repeats, bytes, invoked, waited);
    return wrong != 0;
}
