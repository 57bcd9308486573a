/* filter N PLUGIN: N branches; each has ten leaves, each of which has a twig; one call into a library, one into a
 * plugin. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

#define ALONE __attribute__((noinline))

int library_work(int value);

ALONE static int twig(int value) {
    return value * 3 + 1;
}

ALONE static int leaf(int value) {
    return twig(value) ^ 5;
}

ALONE static int branch(int value) {
    for (int i = 0; i < 10; i++)
        value = leaf(value);
    return library_work(value);
}

int main(int argc, char **argv) {
    int value = 1;
    void *plugin = argc > 2 ? dlopen(argv[2], RTLD_NOW) : NULL;
    int (*work)(int) = NULL;
    if (!plugin)
        return 1;
    *(void **)&work = dlsym(plugin, "plugin_work");
    for (int times = atoi(argv[1]); times > 0; times--)
        value = work(branch(value));
    printf("%d\n", value);
    return 0;
}
