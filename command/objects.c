#include "command/objects.h"

#include <fcntl.h>
#include <gelf.h>
#include <limits.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

int objects_add(struct objects *objects, const char *path) {
    char **more = reallocarray(objects->paths, objects->n + 1, sizeof *more);
    if (!more)
        return -1;
    objects->paths = more;
    objects->paths[objects->n] = strdup(path);
    return objects->paths[objects->n] ? (objects->n++, 0) : -1;
}

void objects_free(struct objects *objects) {
    for (size_t i = 0; i < objects->n; i++)
        free(objects->paths[i]);
    free(objects->paths);
    *objects = (struct objects){0};
}

static bool copy_interpreter(char loader[PATH_MAX], Elf *elf) {
    size_t count = 0;
    GElf_Phdr segment;
    if (elf_kind(elf) != ELF_K_ELF || elf_getphdrnum(elf, &count))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!gelf_getphdr(elf, (int)i, &segment) || segment.p_type != PT_INTERP)
            continue;
        Elf_Data *data = elf_getdata_rawchunk(elf, (int64_t)segment.p_offset, segment.p_filesz, ELF_T_BYTE);
        if (data)
            snprintf(loader, PATH_MAX, "%.*s", (int)data->d_size, (const char *)data->d_buf);
    }
    return true;
}

/* @return whether it is an ELF file; `loader` is what starts it, "" where it needs none */
static bool read_loader(char loader[PATH_MAX], const char *program) {
    int fd = open(program, O_RDONLY | O_CLOEXEC);
    *loader = '\0';
    if (fd < 0)
        return false;
    elf_version(EV_CURRENT);
    Elf *elf = elf_begin(fd, ELF_C_READ_MMAP, NULL);
    bool is_elf = elf && copy_interpreter(loader, elf);
    elf_end(elf);
    close(fd);
    return is_elf;
}

/* "\tNAME => PATH (0x…)" or "\tPATH (0x…)"; the kernel's own object has no path, a missing one no address. */
static const char *path_in(char *line) {
    char *arrow = strstr(line, " => "), *path = arrow ? arrow + 4 : line + strspn(line, "\t ");
    char *address = strstr(path, " (0x");
    if (!address || *path != '/')
        return NULL;
    *address = '\0';
    return path;
}

static int read_list(struct objects *objects, FILE *list) {
    char *line = NULL;
    size_t room = 0;
    int result = 0;
    while (result == 0 && getline(&line, &room, list) > 0) {
        const char *path = path_in(line);
        if (path)
            result = objects_add(objects, path);
    }
    free(line);
    return result;
}

/* What the loader complains of, the command itself will say. */
static pid_t start_list(const char *loader, const char *program, const int *ends) {
    char *words[] = {(char *)loader, (char *)"--list", (char *)program, NULL};
    posix_spawn_file_actions_t actions;
    pid_t pid = -1;
    if (posix_spawn_file_actions_init(&actions))
        return -1;
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    if (posix_spawn(&pid, loader, &actions, NULL, words, environ))
        pid = -1;
    posix_spawn_file_actions_destroy(&actions);
    return pid;
}

static int add_libraries(struct objects *objects, const char *loader, const char *program) {
    int ends[2], result = 0;
    if (pipe2(ends, O_CLOEXEC))
        return 0;
    pid_t pid = start_list(loader, program, ends);
    close(ends[1]);
    FILE *list = fdopen(ends[0], "r");
    if (list && pid > 0)
        result = read_list(objects, list);
    if (list)
        fclose(list);
    else
        close(ends[0]);
    if (pid > 0)
        waitpid(pid, NULL, 0);
    return result;
}

int objects_of(struct objects *objects, const char *program) {
    char loader[PATH_MAX], whole[PATH_MAX];
    if (!read_loader(loader, program))
        return 0;
    if (objects_add(objects, program))
        return -1;
    /* A name without a slash would be looked for among the libraries. */
    return *loader && realpath(program, whole) ? add_libraries(objects, loader, whole) : 0;
}
