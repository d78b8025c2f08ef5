# What every target of this project gets. No global flags: a parent project's own settings stay untouched.

# faceki_target(<target>): C++20, hidden visibility, developer warnings, sanitizer.
function(faceki_target target)
  target_compile_features(${target} PUBLIC cxx_std_20)
  set_target_properties(${target} PROPERTIES
    CXX_EXTENSIONS OFF CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON POSITION_INDEPENDENT_CODE ON)
  # Asio 1.22 takes memory from std::aligned_alloc if a standard header came before its own, else from operator new, and gives it
  # back in the same way: in one program all files must decide alike, whatever their order of includes.
  target_compile_definitions(${target} PUBLIC ASIO_HAS_STD_ALIGNED_ALLOC=1)
  if(FACEKI_DEVELOPER)
    target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Werror
      # g++ 12 sees overlaps and overflows inside std::string that are not there (GCC bug 105651 and its kin).
      -Wno-restrict -Wno-stringop-overflow -Wno-stringop-overread -Wno-array-bounds)
  endif()
  if(FACEKI_SANITIZE)
    target_compile_options(${target} PUBLIC -fsanitize=${FACEKI_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
    target_link_options(${target} PUBLIC -fsanitize=${FACEKI_SANITIZE})
    # Instrumented, g++ 12 warns of boost::optionals and coroutine frames that are fine: errors are for the plain builds.
    target_compile_options(${target} PRIVATE -Wno-error -Wno-maybe-uninitialized -Wno-mismatched-new-delete)
    if(FACEKI_SANITIZE MATCHES thread)
      target_compile_options(${target} PUBLIC -Wno-tsan) # Asio's fences; platform limitation of g++ 12
    endif()
  endif()
endfunction()

# faceki_room(<name> <source>...): one folder of src/ as an object library of its own, merged into faceki::faceki.
function(faceki_room name)
  add_library(faceki_${name} OBJECT ${ARGN})
  faceki_target(faceki_${name})
  target_include_directories(faceki_${name} PUBLIC
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/src>)
endfunction()
