/* names PLUGIN: functions that only share their names with those of event libraries, one in a library of the program's
 * and one in a plugin that nobody else sees. */
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

double own_sum(void);

int main(int argc, char **argv) {
    double (*plugin_sum)(void);
    void *plugin = argc > 1 ? dlopen(argv[1], RTLD_NOW | RTLD_LOCAL) : NULL, *found;
    found = plugin ? dlsym(plugin, "plugin_sum") : NULL;
    if (!found)
        return 1;
    memcpy(&plugin_sum, &found, sizeof found);
    for (int turn = 0; turn < 3; turn++)
        printf("%.3f %.3f\n", own_sum(), plugin_sum());
    return 0;
}
