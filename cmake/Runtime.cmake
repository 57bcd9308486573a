# librecount.so, librecount.a, and recount::recount for programs that are instrumented.

# What a dlopened library must find in the program that holds the runtime.
set(RECOUNT_HOOKS
    __cyg_profile_func_enter
    __cyg_profile_func_exit
    recount_call_begin
    recount_call_resume
    recount_call_enter
    recount_call_suspend
    recount_call_proceed
    recount_call_ready
    recount_call_end
    recount_link
    recount_linked
    recount_unlink
    recount_link_open
    recount_link_find
    recount_link_find_next
    recount_link_is
    recount_link_close
    recount_link_ready
    recount_link_due
    recount_link_enter
    recount_link_leave
    recount_frame_made
    recount_stack_made
    recount_stack_switch
    recount_stack_unwound
    recount_objects_closing
    recount_objects_closed
    __sanitizer_start_switch_fiber
    __sanitizer_finish_switch_fiber
    __tsan_create_fiber
    __tsan_destroy_fiber
    __tsan_switch_to_fiber
    __tsan_get_current_fiber)
list(TRANSFORM RECOUNT_HOOKS PREPEND -Wl,--export-dynamic-symbol= OUTPUT_VARIABLE RECOUNT_EXPORT_OPTIONS)

# libunwind has an exception unwinder of its own that would take the place of gcc's in the whole program; gcc's is
# therefore named before it. Unwinding from a copied stack needs the generic half of libunwind alone.
set(RECOUNT_RUNTIME_LIBRARIES gcc_s unwind-generic pthread)
set(RECOUNT_RUNTIME_LIBRARIES_STATIC unwind-generic gcc_eh unwind lzma pthread)

set(objects)
foreach(room recount_profile recount_instrument recount_sampler)
    if(TARGET ${room})
        list(APPEND objects $<TARGET_OBJECTS:${room}>)
    endif()
endforeach()

# One object, so that a program which only calls the hooks gets the constructor and the sampler with them, and with its
# code in one section.
add_library(recount_parts STATIC ${objects})
add_custom_command(
    OUTPUT recount_runtime.o
    COMMAND ${CMAKE_LINKER} -r -T ${PROJECT_SOURCE_DIR}/cmake/probe.ld -o recount_runtime.o --whole-archive
            $<TARGET_FILE:recount_parts>
    DEPENDS recount_parts ${PROJECT_SOURCE_DIR}/cmake/probe.ld VERBATIM)
add_library(recount_static STATIC recount_runtime.o)
add_library(recount_shared SHARED recount_runtime.o $<TARGET_OBJECTS:recount_preload>)
add_dependencies(recount_shared recount_static) # which makes the object
target_link_libraries(recount_static INTERFACE ${RECOUNT_RUNTIME_LIBRARIES})
target_link_libraries(recount_shared PRIVATE ${RECOUNT_RUNTIME_LIBRARIES})
target_link_options(recount_shared PRIVATE -Wl,-z,defs -Wl,-z,nodelete -Wl,-z,now)
set_target_properties(
    recount_static recount_shared
    PROPERTIES OUTPUT_NAME recount
               ARCHIVE_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}
               LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}
               LINKER_LANGUAGE C)
set_target_properties(recount_shared PROPERTIES VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR})

# A program holds one runtime; a library finds it in its program, so that two libraries share it.
add_library(recount_program INTERFACE)
add_library(recount::recount ALIAS recount_program)
set_target_properties(recount_program PROPERTIES EXPORT_NAME recount)
set(is_program $<STREQUAL:$<TARGET_PROPERTY:TYPE>,EXECUTABLE>)
target_compile_options(
    recount_program
    INTERFACE $<$<COMPILE_LANG_AND_ID:C,GNU>:-finstrument-functions>
              $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-finstrument-functions>
              $<$<COMPILE_LANG_AND_ID:C,Clang>:-finstrument-functions-after-inlining>
              $<$<COMPILE_LANG_AND_ID:CXX,Clang>:-finstrument-functions-after-inlining>)
target_include_directories(recount_program INTERFACE $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
                                                     $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
target_link_options(recount_program INTERFACE $<${is_program}:${RECOUNT_EXPORT_OPTIONS}>)
target_link_libraries(recount_program INTERFACE $<${is_program}:$<TARGET_NAME:recount_static>>)

# The build tree looks like an installed one to `recount cc`.
file(CREATE_LINK ${PROJECT_SOURCE_DIR}/include ${PROJECT_BINARY_DIR}/include SYMBOLIC)
