# Compile options as targets: link the one you want.

set(RECOUNT_SANITIZE "" CACHE STRING "Sanitizers for the comparer, the commands and the tests, as -fsanitize= takes them")
option(RECOUNT_SANITIZE_RUNTIME "Sanitize the runtime, too" OFF)
option(RECOUNT_COVERAGE "Count lines and branches with gcov" OFF)

add_library(recount_warnings INTERFACE)
target_compile_options(recount_warnings INTERFACE -Wall -Wextra -Wpedantic -Wconversion -Werror)
target_compile_definitions(recount_warnings INTERFACE $<$<COMPILE_LANGUAGE:C>:_GNU_SOURCE>)
target_include_directories(recount_warnings INTERFACE ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/include)

add_library(recount_sanitizers INTERFACE)
if(RECOUNT_SANITIZE)
    set(flags -fsanitize=${RECOUNT_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
    target_compile_options(recount_sanitizers INTERFACE ${flags})
    target_link_options(recount_sanitizers INTERFACE ${flags})
endif()
if(RECOUNT_COVERAGE)
    target_compile_options(recount_sanitizers INTERFACE --coverage)
    target_link_options(recount_sanitizers INTERFACE --coverage)
endif()

# What runs inside other programs: always optimized, nothing exported by chance, thread-locals without a call.
add_library(recount_runtime_options INTERFACE)
target_compile_options(
    recount_runtime_options INTERFACE -fPIC -fvisibility=hidden -ftls-model=initial-exec -O2 -g -fomit-frame-pointer
                                      -fno-stack-protector $<$<C_COMPILER_ID:GNU>:-fno-instrument-functions>)
target_link_libraries(recount_runtime_options INTERFACE recount_warnings)
if(RECOUNT_SANITIZE_RUNTIME)
    target_link_libraries(recount_runtime_options INTERFACE recount_sanitizers)
endif()
