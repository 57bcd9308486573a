pkg_check_modules(CRITERION IMPORTED_TARGET criterion)

# recount_unit_test(name SOURCES file… [LINK target…]): one Criterion program, one ctest entry with the label "unit".
function(recount_unit_test name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LINK")
    if(NOT CRITERION_FOUND)
        message(STATUS "Criterion is missing: ${name} is not built")
        return()
    endif()
    if(RECOUNT_SANITIZE MATCHES thread)
        return() # Criterion cannot start under ThreadSanitizer
    endif()
    add_executable(${name} ${arg_SOURCES})
    target_link_libraries(${name} PRIVATE ${arg_LINK} recount_warnings recount_sanitizers PkgConfig::CRITERION)
    add_test(NAME unit.${name} COMMAND ${name} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
    set_tests_properties(unit.${name} PROPERTIES LABELS unit TIMEOUT 120)
endfunction()

# recount_shell_test(name script [LABEL label] [TIMEOUT seconds] [ARGS argument…]): a POSIX shell script; it finds the
# build tree, with recount in it, in $RECOUNT_BUILD. Exit 77 means skipped, with the reason on its last line.
# ($RECOUNT itself is the runtime's: a program would record into the file that it names.)
function(recount_shell_test name script)
    cmake_parse_arguments(PARSE_ARGV 2 arg "" "LABEL;TIMEOUT" "ARGS")
    if(NOT arg_LABEL)
        set(arg_LABEL shell)
    endif()
    if(NOT arg_TIMEOUT)
        set(arg_TIMEOUT 300)
    endif()
    add_test(NAME ${name} COMMAND sh ${script} ${arg_ARGS} WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR})
    set_tests_properties(
        ${name}
        PROPERTIES LABELS ${arg_LABEL}
                   TIMEOUT ${arg_TIMEOUT}
                   SKIP_RETURN_CODE 77
                   ENVIRONMENT
                   "RECOUNT_BUILD=${PROJECT_BINARY_DIR};RECOUNT_SOURCE=${PROJECT_SOURCE_DIR}")
endfunction()
