// identity_cpp WHAT N: N calls of a plain function ("plain"), of a virtual function ("method"), or of one that
// allocates
// ("new").
#include <cstdio>
#include <cstdlib>
#include <cstring>

#define NI __attribute__((noinline))

struct object {
    long state = 0;
    virtual void method(long value);
    virtual ~object() = default;
};

NI void object::method(long value) {
    state += value;
}

NI static long plain(long value) {
    return value * 3 + 1;
}

NI static void allocate(long size) {
    char *memory = static_cast<char *>(::operator new(static_cast<size_t>(size)));
    __asm__ volatile("" : : "r"(memory) : "memory");
    ::operator delete(memory);
}

int main(int argc, char **argv) {
    const char *what = argc > 1 ? argv[1] : "plain";
    long value = 1;
    object *it = new object;
    for (long times = argc > 2 ? atol(argv[2]) : 10; times > 0; times--) {
        if (*what == 'p')
            value = plain(value);
        else if (*what == 'm')
            it->method(times);
        else
            allocate(64);
    }
    printf("%ld %ld\n", value, it->state);
    delete it;
    return 0;
}
