/* The story as a profile, for the renderers' tests: 300 requests, 9,605 entries, samples on both sides. */
#ifndef RECOUNT_TESTS_RENDER_STORY_H
#define RECOUNT_TESTS_RENDER_STORY_H

#include "tests/unit/model_fixture.h"

struct fixture *render_story(void);

#endif
