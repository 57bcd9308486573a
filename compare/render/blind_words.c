#include "compare/render/blind.h"

const char *rc_sight_word(enum rc_sight_kind kind) {
    static const char *const words[] = {
        [RC_SEEN_HOOKED] = "hooked",    [RC_SEEN_PROBE] = "probe",      [RC_SEEN_NOWHERE] = "unknown",
        [RC_BLIND_LIBRARY] = "library", [RC_BLIND_INLINED] = "inlined", [RC_BLIND_NO_HOOK] = "no hook",
        [RC_BLIND_ASLEEP] = "asleep",   [RC_BLIND_KERNEL] = "kernel"};
    return words[kind];
}

const char *rc_keep_word(enum rc_keep keep) {
    static const char *const words[] = {
        [RC_KEEP_NOT] = "",        [RC_KEEP_REENTERED] = "re-entered", [RC_KEEP_REGISTERS] = "registers callbacks",
        [RC_KEEP_QUIET] = "quiet", [RC_KEEP_NAMELESS] = "has no name", [RC_KEEP_BEYOND] = "saves too little"};
    return words[keep];
}
