# Install rules: find_package(faceki [COMPONENTS testing]) for users, the tool for everybody.
include(CMakePackageConfigHelpers)
set(faceki_package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/faceki)

# The rooms are not exported: their object files are inside the library.
install(TARGETS faceki EXPORT faceki-targets
  RUNTIME COMPONENT Runtime LIBRARY COMPONENT Runtime NAMELINK_COMPONENT Development ARCHIVE COMPONENT Development)
install(EXPORT faceki-targets NAMESPACE faceki:: DESTINATION ${faceki_package_dir} COMPONENT Development)
install(DIRECTORY include/faceki DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT Development
  FILES_MATCHING PATTERN *.hpp PATTERN testing EXCLUDE)

if(FACEKI_TESTING)
  # Found next to libfaceki, wherever the prefix is moved to.
  set_target_properties(faceki_testing PROPERTIES INSTALL_RPATH $ORIGIN)
  install(TARGETS faceki_testing EXPORT faceki-testing-targets
    RUNTIME COMPONENT Development LIBRARY COMPONENT Development ARCHIVE COMPONENT Development)
  install(EXPORT faceki-testing-targets NAMESPACE faceki:: DESTINATION ${faceki_package_dir} COMPONENT Development)
  install(DIRECTORY include/faceki/testing DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/faceki COMPONENT Development
    FILES_MATCHING PATTERN *.hpp)
endif()

if(FACEKI_TOOLS)
  file(RELATIVE_PATH to_libraries ${CMAKE_INSTALL_FULL_BINDIR} ${CMAKE_INSTALL_FULL_LIBDIR})
  set_target_properties(faceki_cli PROPERTIES INSTALL_RPATH $ORIGIN/${to_libraries})
  install(TARGETS faceki_cli RUNTIME COMPONENT Runtime)
endif()

# A static library hands its private dependencies on to whoever links it; a shared one keeps them.
get_target_property(faceki_type faceki TYPE)
if(faceki_type STREQUAL STATIC_LIBRARY)
  set(faceki_link_dependencies "find_dependency(OpenSSL 3.0)\nfind_dependency(simdjson)")
endif()
configure_package_config_file(cmake/faceki-config.cmake.in ${PROJECT_BINARY_DIR}/faceki-config.cmake
  INSTALL_DESTINATION ${faceki_package_dir} NO_SET_AND_CHECK_MACRO)
# Before 1.0 a new minor version may break its users.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/faceki-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/faceki-config.cmake ${PROJECT_BINARY_DIR}/faceki-config-version.cmake cmake/Findasio.cmake
  DESTINATION ${faceki_package_dir} COMPONENT Development)
