/*
 * Included last by every file that runs in the target's own path. What may allocate, lock, print or exit is not
 * to be had there; the symbol gate (tests/gate.sh) checks the objects for the same.
 */
#pragma GCC poison malloc calloc realloc free strdup asprintf printf fprintf sprintf snprintf vsnprintf puts
#pragma GCC poison fopen fclose fread fwrite pthread_mutex_lock pthread_mutex_unlock sem_wait exit abort getline
