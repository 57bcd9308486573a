include(CMakePackageConfigHelpers)

install(TARGETS recount RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(TARGETS recount_static recount_shared recount_program EXPORT recount
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY include/recount DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/recount)
install(EXPORT recount NAMESPACE recount:: FILE recountTargets.cmake DESTINATION ${package_dir})
configure_package_config_file(cmake/recountConfig.cmake.in recountConfig.cmake INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(recountConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/recountConfig.cmake ${PROJECT_BINARY_DIR}/recountConfigVersion.cmake
        DESTINATION ${package_dir})

# The .pc finds its tree by its own place, so that an installed tree may be moved.
set(PC_LIBRARIES ${RECOUNT_RUNTIME_LIBRARIES})
list(TRANSFORM PC_LIBRARIES PREPEND -l)
list(JOIN PC_LIBRARIES " " PC_LIBRARIES)
list(JOIN RECOUNT_EXPORT_OPTIONS " " PC_EXPORT_OPTIONS)
file(RELATIVE_PATH PC_PREFIX ${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
configure_file(cmake/recount.pc.in recount.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/recount.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

file(GLOB pages CONFIGURE_DEPENDS docs/man/*.1)
install(FILES ${pages} DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES completions/recount.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME recount)
install(FILES completions/_recount DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
install(FILES completions/recount.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
