/* Opens the plug-in that it is given, runs it, lets it go, and does it all again: its C++ library is out of the reach
 * of the program's own names. */
#include <dlfcn.h>
#include <stdio.h>

static int run(const char *path) {
    void *plugin = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    int (*entry)(int) = plugin ? (int (*)(int))dlsym(plugin, "plugin_run") : NULL;
    if (!entry)
        return -1;
    int result = entry(50);
    dlclose(plugin);
    return result;
}

int main(int argc, char **argv) {
    for (int i = 0; argc > 1 && i < 3; i++)
        printf("%d\n", run(argv[1]));
    return 0;
}
