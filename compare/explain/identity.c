#include "compare/explain/identity.h"

static const struct {
    const char *word, *sentence;
} identities[] = {
    [RC_IDENTITY_NONE] = {NULL, NULL},
    [RC_IDENTITY_TOLD] =
        {"told", "told by the program, which says where its calls begin and go on (recount/coro.h, recount_call_*)."},
    [RC_IDENTITY_FRAME] = {"frame", "by the C++ coroutine frame that each entry of its body is given."},
    [RC_IDENTITY_STACK] = {"stack", "by the fiber's own stack, on which a call stays open while the fiber is away."},
    [RC_IDENTITY_LINK] = {"link", "by the link of a callback to where it was registered."},
    [RC_IDENTITY_STATE] =
        {"state", "inferred from the state word of its object, which says whether an entry begins or goes on."},
};

const char *rc_identity_word(enum rc_identity identity) {
    return identities[identity].word;
}

const char *rc_identity_sentence(enum rc_identity identity) {
    return identities[identity].sentence;
}
