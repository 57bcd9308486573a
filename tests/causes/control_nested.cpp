/* A control: calls inside calls, through virtual functions and a library that calls back, each level with work of its
 * own. */
#include <algorithm>
#include <cstdlib>

#include "causes.h"

struct shape {
    virtual ~shape() = default;
    virtual void draw(long n) = 0;
};

struct line : shape {
    NI void draw(long n) override {
        SPIN(n);
    }
};

struct group : shape {
    line parts[3];
    NI void draw(long n) override {
        SPIN(2 * n);
        for (auto &part : parts)
            part.draw(n);
    }
};

NI static int compare(const void *a, const void *b) {
    SPIN(MS);
    return *static_cast<const int *>(a) - *static_cast<const int *>(b);
}

NI static void sort() {
    int numbers[16];
    for (int i = 0; i < 16; i++)
        numbers[i] = i * 7 % 16;
    qsort(numbers, 16, sizeof *numbers, compare);
    SPIN(30 * MS);
}

NI static void page(shape &all) {
    SPIN(30 * MS);
    all.draw(15 * MS);
    sort();
}

int main() {
    group all;
    for (int i = 0; i < 15; i++)
        page(all);
    puts("{\"agree\":[\"page\",\"group::draw\",\"line::draw\",\"sort\",\"compare\"]}");
    return 0;
}
