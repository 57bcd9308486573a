// A plug-in in C++ for a host that is not: it allocates, and lets exceptions pass out of operator new.
#include <new>
#include <string>
#include <vector>

static char *volatile refused;

extern "C" int plugin_run(int count) {
    std::vector<std::string> texts;
    for (int i = 0; i < count; i++)
        texts.emplace_back(100, 'x');
    volatile size_t much = (size_t)1 << 46;
    try {
        refused = new char[much];
    } catch (const std::bad_alloc &) {
        return (int)texts.size();
    }
    return -1;
}
