#include "command/place.h"

#include <stddef.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command/command.h"

bool place_is_input(const char *command, const char *output, const char *input) {
    struct stat to, from;
    if (output && !*output) {
        say("%s: the name of the output is empty; name a file with -o", command);
        return true;
    }
    if ((output ? stat(output, &to) : fstat(STDOUT_FILENO, &to)) || stat(input, &from) || !S_ISREG(to.st_mode) ||
        to.st_dev != from.st_dev || to.st_ino != from.st_ino)
        return false;
    say("%s: %s is the same file as the input %s; choose another one with -o", command,
        output ? output : "the standard output", input);
    return true;
}
