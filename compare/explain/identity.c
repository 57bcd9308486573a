#include "compare/explain/identity.h"

static const struct {
    const char *word, *sentence;
} identities[] = {
    [RC_IDENTITY_NONE] = {NULL, NULL},
    [RC_IDENTITY_TOLD] = {"told", "the program told where its calls begin and go on (recount/coro.h, recount_call_*)."},
    [RC_IDENTITY_FRAME] = {"frame", "each entry of its body was given the C++ coroutine frame of its call."},
    [RC_IDENTITY_STACK] = {"stack", "it ran on a fiber's own stack, where a call stays open while the fiber is away."},
    [RC_IDENTITY_LINK] = {"link", "its entries as a callback were linked to where that was registered."},
    [RC_IDENTITY_STATE] = {"state", "inferred: the state word of its object told whether an entry begins or goes on."},
};

const char *rc_identity_word(enum rc_identity identity) {
    return identities[identity].word;
}

const char *rc_identity_sentence(enum rc_identity identity) {
    return identities[identity].sentence;
}
