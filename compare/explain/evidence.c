#include "compare/explain/evidence.h"

static const struct {
    const char *word, *sentence;
} evidences[] = {
    [RC_EVIDENCE_NONE] = {"entry", NULL},
    [RC_EVIDENCE_TOLD] =
        {"told", "told by the program, which says where its calls begin and go on (recount/coro.h, recount_call_*)."},
    [RC_EVIDENCE_FRAME] = {"frame", "by the C++ coroutine frame that each entry of its body is given."},
    [RC_EVIDENCE_STACK] = {"stack", "by the fiber's own stack, on which a call stays open while the fiber is away."},
    [RC_EVIDENCE_LINK] = {"link", "by the link of a callback to where it was registered."},
    [RC_EVIDENCE_STATE] = {"state", NULL}, /* what was seen of it is said apart */
};

const char *rc_evidence_word(enum rc_evidence evidence) {
    return evidences[evidence].word;
}

const char *rc_evidence_sentence(enum rc_evidence evidence) {
    return evidences[evidence].sentence;
}
